#include <string.h>

#include "CKernels.h"
#include "paths.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(                                                      \
    __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,f16c"))), \
    apply_to = function)
#define LANES 16
#define MR 12
#define NAME(x) x##_avx512
#define PATH "avx512"
#define MAX(a, b) ((vf)_mm512_max_ps((__m512)(a), (__m512)(b)))
#define MIN(a, b) ((vf)_mm512_min_ps((__m512)(a), (__m512)(b)))
#define SCALE(x, n) ((vf)_mm512_scalef_ps((__m512)(x), (__m512)(n)))
#define LOAD_HALF(p) (vf)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(p)))
#define STORE_HALF(p, v) \
  _mm256_storeu_si256((__m256i *)(p), _mm512_cvtps_ph((__m512)(v), _MM_FROUND_TO_NEAREST_INT))
#include "kernels.inc"
#pragma clang attribute pop
#endif
