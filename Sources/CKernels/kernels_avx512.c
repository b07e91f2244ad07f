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
// The 14-bit estimate and one Newton step: half the latency of a 512-bit division.
static inline __attribute__((always_inline)) __m512 reciprocal_avx512(__m512 x) {
  const __m512 r = _mm512_rcp14_ps(x);
  return _mm512_mul_ps(r, _mm512_fnmadd_ps(x, r, _mm512_set1_ps(2.0f)));
}
#define RECIPROCAL(x) (vf)reciprocal_avx512((__m512)(x))
#define MAX(a, b) ((vf)_mm512_max_ps((__m512)(a), (__m512)(b)))
#define MIN(a, b) ((vf)_mm512_min_ps((__m512)(a), (__m512)(b)))
#define SCALE(x, n) ((vf)_mm512_scalef_ps((__m512)(x), (__m512)(n)))
#define LOAD_HALF(p) (vf)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(p)))
#define STORE_HALF(p, v) \
  _mm256_storeu_si256((__m256i *)(p), _mm512_cvtps_ph((__m512)(v), _MM_FROUND_TO_NEAREST_INT))
#include "kernels.inc"
#pragma clang attribute pop

const ck_kernels ck_avx512 = {
    .name = "avx512",
    .lanes = LANES,
    .rows = MR,
    .gemm = NAME(gemm),
    .gather = NAME(gather),
    .winograd_input = NAME(winograd_input),
    .winograd_output = NAME(winograd_output),
    .finish = NAME(finish),
    .tile_sums = NAME(tile_sums),
    .softmax = NAME(softmax),
    .to_half = NAME(to_half),
    .to_float = NAME(to_float),
};
#endif
