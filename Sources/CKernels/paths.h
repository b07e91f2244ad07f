#pragma once
#include "CKernels.h"

// One table an instruction set; ck_select picks among those the CPU can run.
extern const ck_kernels ck_plain;
#if defined(__x86_64__)
extern const ck_kernels ck_avx2;
extern const ck_kernels ck_avx512;
#endif
