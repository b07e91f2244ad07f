#pragma once

#include <stddef.h>
#include <stdint.h>

// libpng reports errors by longjmp, which must never unwind a Swift frame. Every function here arms
// its own jump buffer, so a call either returns 0 or returns -1 with the reason in an error text.

/// Bytes of an error or warning text, the closing zero included.
enum { CPNG_TEXT = 160, CPNG_WARNINGS = 8 };

/// What a file may ask for; checked before anything of its size is allocated.
typedef struct {
  uint32_t max_side;       // pixels
  uint64_t max_pixels;
  uint64_t max_bytes;      // of the decoded RGBA samples
  uint32_t max_chunks;     // ancillary chunks kept
  size_t max_chunk_bytes;  // of one chunk, decompressed
} CPNGLimits;

/// The file's own format; `sample_bytes` (1 or 2) is that of the decoded samples.
typedef struct {
  uint32_t width, height;
  uint8_t bit_depth, color_type, interlaced, has_transparency, sample_bytes;
} CPNGHeader;

/// One chunk, its payload only. The pointers stay the reader's (or caller's).
typedef struct {
  char type[5];
  const uint8_t *data;
  size_t size;
} CPNGChunk;

/// One text entry; `key` is Latin-1, `value` UTF-8 where `utf8` is set and Latin-1 else.
typedef struct {
  const char *key;
  const char *value;
  size_t value_size;
  int utf8;
} CPNGTextEntry;

typedef struct CPNGReader CPNGReader;

/// Makes a reader of `size` bytes that must outlive it; NULL when out of memory.
CPNGReader *cpng_reader_create(const uint8_t *data, size_t size);
void cpng_reader_destroy(CPNGReader *reader);
/// Why the last call on this reader returned -1.
const char *cpng_reader_error(const CPNGReader *reader);
/// What libpng found odd so far; NULL past the last.
const char *cpng_reader_warning(const CPNGReader *reader, int index);

/// Reads up to the pixels and checks the limits.
int cpng_read_header(CPNGReader *reader, CPNGLimits limits, CPNGHeader *header);
/// Decodes into `pixels`, 4 * width * height samples in native byte order, and reads to the end.
int cpng_read_pixels(CPNGReader *reader, void *pixels, size_t size);
/// Bytes of the file after its end chunk; valid after the pixels.
size_t cpng_trailing_bytes(const CPNGReader *reader);

/// The colour profile, 0 where there is none; valid after the header.
size_t cpng_icc_profile(CPNGReader *reader, const char **name, const uint8_t **data);
/// The raw gAMA, cHRM, sRGB, pHYs, eXIf, cICP, mDCV and cLLI chunks; valid after the pixels.
int cpng_chunk_count(CPNGReader *reader);
CPNGChunk cpng_chunk(CPNGReader *reader, int index);
/// The text entries of all three kinds; valid after the pixels.
int cpng_text_count(CPNGReader *reader);
CPNGTextEntry cpng_text(CPNGReader *reader, int index);

/// How to write: one of PNG's colour types 0, 2, 4 and 6, at 8 or 16 bits.
typedef struct {
  uint32_t width, height;
  uint8_t bit_depth, color_type;
} CPNGFormat;

/// Encodes RGBA samples in native byte order; `chunks` go before the pixels, in their order.
/// On success `*out` holds the file and is freed with `cpng_free`.
int cpng_write(
    const void *rgba, CPNGFormat format, const CPNGChunk *chunks, size_t chunk_count,
    uint8_t **out, size_t *out_size, char error[CPNG_TEXT]);

/// Compresses into a zlib stream of `*out`, freed with `cpng_free`; 0 when out of memory.
size_t cpng_deflate(const uint8_t *data, size_t size, uint8_t **out);
void cpng_free(uint8_t *bytes);
