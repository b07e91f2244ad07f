// Checks every kernel path that this CPU runs against plain loops in double precision, for CPUs that
// the Swift tests do not reach: compiled for them and run under emulation by scripts/emulate.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"

enum { SIDE = 10, IN = 16, OUT = 32, TILES_X = 3, TILES = 9, TILE = 16 * IN };

static int failures;

static void expect(const ck_kernels *k, const char *what, double error, double bound) {
  const int good = error <= bound;
  failures += !good;
  printf("%-7s %-22s %.2e %s\n", k->name, what, error, good ? "ok" : "TOO LARGE");
}

static uint32_t state = 1;
static float noise(void) {
  state = state * 1664525u + 1013904223u;
  return (float)(state >> 8) / 8388608.0f - 1;
}

static float map[TILES * TILE], weights[OUT * IN * 9];

static float at(int y, int x, int c) {
  if (y < 0 || x < 0 || y >= SIDE || x >= SIDE) return 0;
  return map[((y / 4 * TILES_X + x / 4) * 16 + y % 4 * 4 + x % 4) * IN + c];
}

// One row of tiles by Winograd against the definition of a 3x3 convolution.
static void check_winograd(const ck_kernels *k) {
  static float strip[6 * 14 * IN], v[36 * 3 * IN], u[36 * IN * OUT], m[36 * 3 * OUT];
  static float product[3 * 16 * OUT];
  int32_t inputs[IN];
  for (int i = 0; i < IN; i++) inputs[i] = i;
  const int width = 2 * k->lanes;
  const ck_source source = {NULL, map, NULL, SIDE, SIDE, TILES_X, IN, CK_FLOAT, 0};
  k->gather(&source, 3, -1, 6, 14, 0, IN, NULL, NULL, 0, strip);
  k->winograd_input(strip, 3, IN, v, 3 * IN, IN);
  double worst = 0;
  for (int first = 0; first < OUT; first += width) {
    k->winograd_pack(weights, OUT, IN, first, width, inputs, IN, u, (ptrdiff_t)IN * width);
    for (int xi = 0; xi < 36; xi++)
      k->gemm(v + xi * 3 * IN, IN, u + (ptrdiff_t)xi * IN * width, m + (ptrdiff_t)xi * 3 * width,
              width, 3, IN, 2, NULL, 0);
    k->winograd_output(m, 3 * width, 3, 2, product);
    for (int p = 0; p < 3 * 16; p++)
      for (int n = 0; n < width; n++) {
        const int y = 4 + p % 16 / 4, x = p / 16 * 4 + p % 4;
        double sum = 0;
        for (int t = 0; t < 9; t++)
          for (int c = 0; c < IN; c++)
            sum += (double)at(y + t / 3 - 1, x + t % 3 - 1, c) *
                   weights[((first + n) * IN + c) * 9 + t];
        if (y < SIDE && x < SIDE) worst = fmax(worst, fabs(product[p * width + n] - sum));
      }
  }
  expect(k, "winograd", worst, 1e-4);
}

static void check_storage(const ck_kernels *k) {
  static char stored[TILES * 64 * IN];
  static float widened[TILES * TILE];
  const double bounds[] = {0, 5e-4, 0.5 / 127 + 5e-4};
  const char *names[] = {"float tiles", "half tiles", "byte tiles"};
  for (int format = CK_FLOAT; format <= CK_BYTE; format++) {
    double worst = 0;
    k->store_tiles(map, TILES, IN, format, stored);
    k->load_tiles(stored, TILES, IN, format, widened);
    for (int i = 0; i < TILES * TILE; i++) worst = fmax(worst, fabs(widened[i] - map[i]));
    expect(k, names[format], worst, bounds[format]);
  }
}

static void check_functions(const ck_kernels *k) {
  float one[IN], zero[IN] = {0}, out[SIDE * SIDE * IN], rows[2 * 37], exact[37];
  for (int i = 0; i < IN; i++) one[i] = 1;
  const ck_source source = {NULL, map, NULL, SIDE, SIDE, TILES_X, IN, CK_FLOAT, 0};
  k->gather(&source, 0, 0, SIDE, SIDE, 0, IN, one, zero, 1, out);
  double worst = 0;
  for (int i = 0; i < SIDE * SIDE * IN; i++) {
    const double x = at(i / IN / SIDE, i / IN % SIDE, i % IN);
    worst = fmax(worst, fabs(out[i] - x / (1 + exp(-x))));
  }
  expect(k, "silu", worst, 1e-6);
  worst = 0;
  double total = 0;
  for (int i = 0; i < 37; i++) exact[i] = rows[i] = rows[37 + i] = 4 * noise();
  for (int i = 0; i < 37; i++) total += exp(0.7 * exact[i]);
  k->softmax(rows, 2, 37, 37, 0.7f);
  for (int i = 0; i < 74; i++) worst = fmax(worst, fabs(rows[i] - exp(0.7 * exact[i % 37]) / total));
  expect(k, "softmax", worst, 1e-6);
}

int main(void) {
  const char *names[] = {"avx512", "avx2", "plain"};
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++)
      for (int c = 0; c < IN; c++)
        map[((y / 4 * TILES_X + x / 4) * 16 + y % 4 * 4 + x % 4) * IN + c] = noise();
  for (int i = 0; i < OUT * IN * 9; i++) weights[i] = noise();
  printf("picks %s\n", ck_select(NULL)->name);
  for (int i = 0; i < 3; i++) {
    const ck_kernels *k = ck_select(names[i]);
    if (!k) continue;
    check_winograd(k);
    check_storage(k);
    check_functions(k);
  }
  return failures != 0;
}
