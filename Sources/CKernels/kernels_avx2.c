#include <string.h>

#include "CKernels.h"
#include "paths.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define LANES 8
#define MR 6
#define NAME(x) x##_avx2
#define PATH "avx2"
#define MAX(a, b) ((vf)_mm256_max_ps((__m256)(a), (__m256)(b)))
#define MIN(a, b) ((vf)_mm256_min_ps((__m256)(a), (__m256)(b)))
#define SCALE(x, n) ((vf)((vi)(x) + (__builtin_convertvector(n, vi) << 23)))
#define LOAD_HALF(p) (vf)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(p)))
#define STORE_HALF(p, v) \
  _mm_storeu_si128((__m128i *)(p), _mm256_cvtps_ph((__m256)(v), _MM_FROUND_TO_NEAREST_INT))
#include "kernels.inc"
#pragma clang attribute pop
#endif
