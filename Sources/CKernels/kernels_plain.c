#include <string.h>

#include "CKernels.h"
#include "paths.h"

// Vectors of four floats: SSE2 on x86-64, NEON on arm64.
#define LANES 4
#define MR 4
#define NAME(x) x##_plain
#define PATH "plain"
#define MAX(a, b) __builtin_elementwise_max(a, b)
#define MIN(a, b) __builtin_elementwise_min(a, b)
#define SCALE(x, n) ((vf)((vi)(x) + (__builtin_convertvector(n, vi) << 23)))
#define LOAD_HALF(p) load_half4(p)
#define STORE_HALF(p, v) store_half4(p, v)

typedef float v4 __attribute__((vector_size(16)));

// IEEE half to float without hardware: rebias by a multiplication, which also scales subnormals.
static inline float widen(uint16_t h) {
  union {
    uint32_t bits;
    float value;
  } u = {(uint32_t)(h & 0x7fff) << 13};
  const int special = (h & 0x7c00) == 0x7c00;
  u.value *= 0x1p112f;
  if (special) u.bits |= 0x7f800000;
  u.bits |= (uint32_t)(h & 0x8000) << 16;
  return u.value;
}

// Float to IEEE half, nearest even: the addition of a constant lets the FPU do the rounding.
static inline uint16_t narrow(float x) {
  union {
    float value;
    uint32_t bits;
  } u = {x}, r;
  const uint16_t sign = (uint16_t)((u.bits >> 16) & 0x8000);
  u.bits &= 0x7fffffff;
  if (u.bits > 0x7f800000) return sign | 0x7e00;
  if (u.bits >= 0x477ff000) return sign | 0x7c00;
  if (u.bits < 0x38800000) {
    r.value = u.value + 0.5f;
    return sign | (uint16_t)(r.bits - 0x3f000000);
  }
  const uint32_t odd = (u.bits >> 13) & 1;
  return sign | (uint16_t)((u.bits - 0x38000000 + 0xfff + odd) >> 13);
}

static inline v4 load_half4(const uint16_t *p) {
  return (v4){widen(p[0]), widen(p[1]), widen(p[2]), widen(p[3])};
}

static inline void store_half4(uint16_t *p, v4 v) {
  for (int i = 0; i < 4; i++) p[i] = narrow(v[i]);
}
#include "kernels.inc"
