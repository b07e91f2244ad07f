#pragma once

#include <stddef.h>
#include <stdint.h>

// libpng reports errors by longjmp, which must never unwind a Swift frame. Every function here arms
// its own jump buffer, so a call either returns 0 or returns -1 with the reason in an error text.

/// Bytes of an error or warning text, the closing zero included.
enum { CPNG_TEXT = 160, CPNG_WARNINGS = 8 };

/// Parts of a file that libpng gets to read, one after the other; at most CPNG_SPANS of them.
enum { CPNG_SPANS = 64 };
typedef struct {
  const uint8_t *data;
  size_t size;
} CPNGSpan;

/// The file's own format; `sample_bytes` (1 or 2) is that of the decoded samples.
typedef struct {
  uint32_t width, height;
  uint8_t bit_depth, color_type, channels, interlaced, has_transparency, sample_bytes;
} CPNGHeader;

/// One chunk, its payload only. The pointers stay the caller's.
typedef struct {
  char type[5];
  const uint8_t *data;
  size_t size;
} CPNGChunk;

typedef struct CPNGReader CPNGReader;

/// Makes a reader of parts of a file, whose bytes must outlive it: the signature and whole chunks up
/// to the last of the pixels. Where `has_pixels` is set an end chunk is put after them. NULL when out
/// of memory.
CPNGReader *cpng_reader_create(const CPNGSpan *spans, size_t count, int has_pixels);
void cpng_reader_destroy(CPNGReader *reader);
/// Why the last call on this reader returned -1.
const char *cpng_reader_error(const CPNGReader *reader);
/// What libpng found odd so far; NULL past the last.
const char *cpng_reader_warning(const CPNGReader *reader, int index);

/// Reads up to the pixels; nothing of their size is allocated. The caller judges the size.
int cpng_read_header(CPNGReader *reader, size_t max_chunk_bytes, CPNGHeader *header);
/// Decodes into `pixels`, 4 * width * height samples in native byte order, and reads to the end.
int cpng_read_pixels(CPNGReader *reader, void *pixels, size_t size);
/// Reads to the end as the call above does, in memory for one row, and counts the pixels that are not
/// opaque.
int cpng_count_transparent(CPNGReader *reader, size_t *count);
/// Whether more bytes than the pixels take were in their stream; valid after the pixels.
int cpng_has_extra_data(const CPNGReader *reader);
/// The colour profile, 0 where there is none; valid after the header.
size_t cpng_icc_profile(CPNGReader *reader, const char **name, const uint8_t **data);

/// The checksum of a chunk's type and payload.
uint32_t cpng_crc(const uint8_t *data, size_t size);
/// Unpacks a zlib stream: 0 when it is whole in `out`, 1 when there is more, -1 when it is damaged.
/// `*produced` says what was unpacked in any case.
int cpng_inflate(
    const uint8_t *data, size_t size, uint8_t *out, size_t capacity, size_t *produced);

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
/// Whether so many bytes could be allocated now, which arrays take for granted.
int cpng_can_allocate(size_t size);
