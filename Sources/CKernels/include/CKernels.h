#pragma once
#include <stddef.h>
#include <stdint.h>

// Single-threaded loops over float pointers. Nothing here allocates, locks or does I/O.
//
// Feature maps are tile-major: a map of H x W pixels is cut into 4x4 tiles, row by row, and tile t
// is the block [4][4][stride] of floats (or halves) at t * 16 * stride, channels innermost, stride
// a multiple of 16 with zeros in the padding channels. A *slab* holds only some tiles, in the order
// of a tile set. The same tile is the output tile of Winograd's F(4x4, 3x3) and of SIGE's 3x3.
//
// Weights are packed in panels of `2 * lanes` output channels ([panel][k][2 * lanes]); a last panel
// of at most `lanes` channels is packed narrow ([k][lanes]).

/// How a cached map is stored, tile after tile.
///
/// CK_FLOAT and CK_HALF keep the layout of fresh tiles. A tile of CK_BYTE is `stride` halves, the
/// step of each channel, then [4][4][stride] signed bytes: value = byte * step, where step is the
/// largest magnitude of the channel in this tile over 127.
enum { CK_FLOAT = 0, CK_HALF = 1, CK_BYTE = 2 };

/// What `activate` applies: x * sigmoid(x); x, or slope * x where negative; x * Phi(x) with the normal
/// distribution's function; x * sigmoid(1.702 x).
enum { CK_SILU = 0, CK_LEAKY_RELU = 1, CK_GELU = 2, CK_QUICK_GELU = 3 };

/// Where one operand of a convolution is read from: fresh tiles where there are, a base elsewhere.
typedef struct {
  const void *base;      ///< every tile of the map as `base_format` says; NULL: all tiles are fresh
  const float *fresh;    ///< slab of fresh tiles; NULL when there is none
  const int32_t *index;  ///< tile -> position in `fresh`, or -1; NULL: tile t is fresh at t
  int32_t height;        ///< rows of the map
  int32_t width;         ///< columns of the map
  int32_t tiles_x;       ///< tiles in a row of tiles
  int32_t stride;        ///< channels of a pixel, padded to a multiple of 16
  int32_t base_format;   ///< CK_FLOAT, CK_HALF or CK_BYTE
  int32_t upsample;      ///< 1: the map is read as if doubled by nearest neighbour
} ck_source;

/// Pixels on a side of the patches that `patch_distance` compares.
#define CK_PATCH_SIDE 7

/// The kernels of one instruction set.
typedef struct {
  const char * name;  ///< "avx512", "avx2" or "plain"
  int32_t lanes;     ///< floats in a vector; a panel is two vectors wide
  int32_t rows;      ///< rows of the register block

  /// C[m][n] (+)= sum_k A[m][k] * B[k][n] (+ bias[n]) for m < rows, n < vectors * lanes.
  ///
  /// A has row stride lda, B is packed [k][vectors * lanes], C has row stride ldc. With
  /// `accumulate` C is added to and `bias` is not read; else C is overwritten, and `bias` may be
  /// NULL. Every element is summed in ascending k by one chain of multiply-adds (fused where the
  /// CPU can), so it does not depend on `rows`.
  void (*gemm)(const float *a, ptrdiff_t lda, const float *b, float *c, ptrdiff_t ldc, int32_t rows,
               int32_t k, int32_t vectors, const float *bias, int32_t accumulate);

  /// out[row][column][0..<channels] = act(scale * x + shift) for the window at (y0, x0) of
  /// `rows` x `columns` pixels, channels `c0 ..< c0 + channels`; zero outside the map.
  ///
  /// `scale` and `shift` point at channel c0 (NULL: identity); `silu` selects x * sigmoid(x).
  /// `channels` is a multiple of 16.
  void (*gather)(const ck_source *source, int32_t y0, int32_t x0, int32_t rows, int32_t columns,
                 int32_t c0, int32_t channels, const float *scale, const float *shift, int32_t silu,
                 float *out);

  /// In place: each of `count` values, a multiple of 16, becomes its activation of a kind above.
  ///
  /// GELU's error is below 2e-7 times max(1, |x|); those of sigmoids are below 1e-6 of the result near
  /// 0 and below 4e-6 for x in -16...16.
  void (*activate)(float *x, ptrdiff_t count, int32_t kind, float slope);

  /// In place: each row of `stride` values, of which the first `channels` are in use and the others 0,
  /// becomes (x - mean) / sqrt(variance + epsilon) * weight + bias, with the row's biased variance.
  void (*layer_norm)(float *rows, int32_t count, int32_t stride, int32_t channels,
                     const float *weight, const float *bias, float epsilon);

  /// Transforms 3x3 filters for Winograd F(4x4, 3x3): U = G g G^T, computed in double precision.
  ///
  /// weights is [outputs][inputs][3][3]; column j of the panel is output `first + j`, zeros past
  /// the last. Row k of the panel is input map[k], or zeros where map[k] < 0; `width` is a multiple
  /// of `lanes`. out[xi * xi_stride + k * width + j].
  void (*winograd_pack)(const float *weights, int32_t outputs, int32_t inputs, int32_t first,
                        int32_t width, const int32_t *map, int32_t k, float *out,
                        ptrdiff_t xi_stride);

  /// Winograd input transform of `tiles` horizontally adjacent 6x6 windows of a gathered strip.
  ///
  /// strip is [6][4 * tiles + 2][channels]; v[xi * xi_stride + tile * row_stride + c].
  void (*winograd_input)(const float *strip, int32_t tiles, int32_t channels, float *v,
                         ptrdiff_t xi_stride, ptrdiff_t row_stride);

  /// Winograd output transform: m is [36] matrices of [tiles][vectors * lanes], out is
  /// [tiles * 16][vectors * lanes] in tile order.
  void (*winograd_output)(const float *m, ptrdiff_t xi_stride, int32_t tiles, int32_t vectors,
                          float *out);

  /// Adds bias and residual, stores finished tiles and sums them for the next normalisation.
  ///
  /// c is [tiles * 16][vectors * lanes]. Tile i goes to out + slots[i] * 16 * stride (already at
  /// the panel's first channel); `residual` (same layout and slots) and `bias` may be NULL.
  /// extent[i] = 16 * rows + columns of the tile that lie inside the map; the rest is stored as 0.
  /// sums[0 ..< width] are overwritten with the sums of valid pixels' values, and
  /// sums[sum_stride ..< sum_stride + width] with those of their squares.
  void (*finish)(const float *c, int32_t tiles, int32_t vectors, const float *bias,
                 const float *residual, float *out, int32_t stride, const int32_t *slots,
                 const uint8_t *extent, float *sums, ptrdiff_t sum_stride);

  /// Sums of values and of squares per channel over some tiles of a whole map.
  ///
  /// sums[0 ..< stride] and sums[stride ..< 2 * stride] are overwritten.
  void (*tile_sums)(const void *map, int32_t format, int32_t stride, const int32_t *tiles,
                    int32_t count, float *sums);

  /// In place: each row becomes its softmax after multiplication by `scale`.
  void (*softmax)(float *rows, int32_t count, int32_t columns, ptrdiff_t stride, float scale);

  /// Stores tiles of floats as `format`: halves and bytes are rounded to nearest even.
  ///
  /// Bytes saturate where a magnitude is above 8.3e6, halves become infinite above 65504. As bytes, a
  /// channel of a tile with an infinity or with what is no number becomes some finite numbers.
  void (*store_tiles)(const float *in, int32_t tiles, int32_t stride, int32_t format, void *out);
  /// Widens tiles stored as `format` to floats.
  void (*load_tiles)(const void *in, int32_t tiles, int32_t stride, int32_t format, float *out);

  /// Sum of the squared differences of two square patches of CK_PATCH_SIDE pixels of interleaved RGB.
  ///
  /// Rows are `stride` bytes apart. 32 bytes of each row are read, and those past the patch ignored.
  /// The sum is exact, at most 9.6e6.
  int32_t (*patch_distance)(const uint8_t *a, const uint8_t *b, ptrdiff_t stride);
} ck_kernels;

/// The kernels for `name` ("avx512", "avx2", "plain"), or NULL if this CPU cannot run them.
/// NULL as `name` picks the fastest.
const ck_kernels *ck_select(const char *name);

/// Bytes of a tile of `stride` channels stored as `format`.
static inline ptrdiff_t ck_tile_bytes(int32_t format, int32_t stride) {
  return (ptrdiff_t)stride * (format == CK_FLOAT ? 64 : format == CK_HALF ? 32 : 18);
}

/// A hint to the CPU that this thread is spinning.
void ck_pause(void);

/// Names the calling thread for debuggers, by at most 15 bytes.
void ck_name_thread(const char *name);
/// Lets all threads allocate from one heap, where the C library would reserve one for each.
void ck_share_heap(void);

/// Lines the windows of a gathered strip up as rows of a matrix, for convolution as one product.
///
/// The strip is [4 * stride' + kernel - stride' rows][4 * stride' * tiles + kernel - stride'
/// columns][channels], stride' = `step`. Row 16 * tile + 4 * y + x of `out` (row stride `lda`) gets
/// the kernel x kernel window of output pixel (y, x), tap by tap, `inputs` apart.
void ck_window_rows(const float *strip, int32_t tiles, int32_t channels, int32_t kernel,
                    int32_t step, float *out, ptrdiff_t lda, ptrdiff_t inputs);

/// Packs rows x columns of `in` (row stride `stride`) as one panel: out[row * width + column], zeros
/// where column >= columns. With `transposed`, `in` is read as [columns][rows].
void ck_pack_panel(const float *in, ptrdiff_t stride, int32_t rows, int32_t columns, int32_t width,
                   int32_t transposed, float *out);
