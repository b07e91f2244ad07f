#define _GNU_SOURCE
#include "CKernels.h"

#include <malloc.h>
#include <pthread.h>
#include <string.h>

#include "paths.h"

const ck_kernels *ck_select(const char *name) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const int half = __builtin_cpu_supports("f16c");
  const int avx2 = half && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const int avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                     __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx512vl");
  if (avx512 && (!name || !strcmp(name, "avx512"))) return &ck_avx512;
  if (avx2 && (!name || !strcmp(name, "avx2"))) return &ck_avx2;
#endif
  return !name || !strcmp(name, "plain") ? &ck_plain : NULL;
}

void ck_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

void ck_share_heap(void) {
#ifdef M_ARENA_MAX
  mallopt(M_ARENA_MAX, 1);
#endif
}

void ck_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

void ck_window_rows(const float *strip, int32_t tiles, int32_t channels, int32_t kernel,
                    int32_t step, float *out, ptrdiff_t lda, ptrdiff_t inputs) {
  const ptrdiff_t columns = (ptrdiff_t)4 * step * tiles + kernel - step;
  for (int32_t t = 0; t < tiles; t++)
    for (int32_t y = 0; y < 4; y++)
      for (int32_t x = 0; x < 4; x++, out += lda)
        for (int32_t ky = 0; ky < kernel; ky++)
          for (int32_t kx = 0; kx < kernel; kx++)
            memcpy(out + (ky * kernel + kx) * inputs,
                   strip + ((y * step + ky) * columns + (4 * t + x) * step + kx) * channels,
                   sizeof(float) * (size_t)channels);
}

void ck_pack_panel(const float *in, ptrdiff_t stride, int32_t rows, int32_t columns, int32_t width,
                   int32_t transposed, float *out) {
  for (int32_t r = 0; r < rows; r++)
    for (int32_t c = 0; c < width; c++)
      out[(ptrdiff_t)r * width + c] =
          c >= columns ? 0 : transposed ? in[c * stride + r] : in[r * stride + c];
}
