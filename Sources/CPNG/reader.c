#include "CPNG.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct CPNGReader {
  CPNGSpan spans[CPNG_SPANS + 1];
  size_t span_count, span, position;
  png_structp png;
  png_infop info;
  jmp_buf jump;
  char error[CPNG_TEXT];
  char warnings[CPNG_WARNINGS][CPNG_TEXT];
  int warning_count;
  int has_extra_data;
  CPNGHeader header;
  uint8_t *row;
};

static void on_error(png_structp png, png_const_charp message) {
  CPNGReader *reader = png_get_error_ptr(png);
  // libpng names what is wrong with a header in a warning, and then only says that it is invalid.
  int invalid = strcmp(message, "Invalid IHDR data") == 0 && reader->warning_count > 0;
  const char *reason = invalid ? reader->warnings[reader->warning_count - 1] : message;
  snprintf(reader->error, sizeof reader->error, "%s", reason);
  longjmp(reader->jump, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
  CPNGReader *reader = png_get_error_ptr(png);
  // Bytes after the end of the compressed pixels are no part of them.
  if (strcmp(message, "IDAT: Extra compressed data") == 0) {
    reader->has_extra_data = 1;
    return;
  }
  // libpng shrugs at pixel data that do not fit the header; here such a file is a broken one.
  if (strncmp(message, "IDAT", 4) == 0) png_error(png, message);
  if (reader->warning_count == CPNG_WARNINGS) return;
  snprintf(reader->warnings[reader->warning_count++], CPNG_TEXT, "%s", message);
}

static void on_read(png_structp png, png_bytep target, size_t count) {
  CPNGReader *reader = png_get_io_ptr(png);
  while (count > 0) {
    if (reader->span == reader->span_count) png_error(png, "the file ends too early");
    const CPNGSpan *span = &reader->spans[reader->span];
    size_t rest = span->size - reader->position;
    size_t part = count < rest ? count : rest;
    memcpy(target, span->data + reader->position, part);
    target += part;
    count -= part;
    reader->position += part;
    if (reader->position == span->size) {
      reader->span++;
      reader->position = 0;
    }
  }
}

static int fail(CPNGReader *reader, const char *message) {
  snprintf(reader->error, sizeof reader->error, "%s", message);
  return -1;
}

// What ends a PNG, whatever the file itself has after its pixels.
static const uint8_t end_chunk[12] = {0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xAE, 0x42, 0x60, 0x82};

CPNGReader *cpng_reader_create(const CPNGSpan *spans, size_t count, int has_pixels) {
  CPNGReader *reader = calloc(1, sizeof *reader);
  if (!reader) return NULL;
  for (size_t i = 0; i < count && i < CPNG_SPANS; i++)
    if (spans[i].size > 0) reader->spans[reader->span_count++] = spans[i];
  if (has_pixels) reader->spans[reader->span_count++] = (CPNGSpan){end_chunk, sizeof end_chunk};
  return reader;
}

void cpng_reader_destroy(CPNGReader *reader) {
  if (!reader) return;
  png_destroy_read_struct(&reader->png, &reader->info, NULL);
  free(reader->row);
  free(reader);
}

const char *cpng_reader_error(const CPNGReader *reader) { return reader->error; }

const char *cpng_reader_warning(const CPNGReader *reader, int index) {
  return index < reader->warning_count ? reader->warnings[index] : NULL;
}

static void set_limits(CPNGReader *reader, size_t max_chunk_bytes) {
  // How large a picture may be is decided by who reads the header, before any memory is spent.
  png_set_user_limits(reader->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_chunk_malloc_max(reader->png, max_chunk_bytes);
  png_set_crc_action(reader->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
#ifdef PNG_SKIP_sRGB_CHECK_PROFILE
  png_set_option(reader->png, PNG_SKIP_sRGB_CHECK_PROFILE, PNG_OPTION_ON);
#endif
}

int cpng_read_header(CPNGReader *reader, size_t max_chunk_bytes, CPNGHeader *header) {
  if (setjmp(reader->jump)) return -1;
  reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, on_error, on_warning);
  if (!reader->png) return fail(reader, "libpng could not start");
  reader->info = png_create_info_struct(reader->png);
  if (!reader->info) return fail(reader, "out of memory");
  set_limits(reader, max_chunk_bytes);
  png_set_read_fn(reader->png, reader, on_read);
  png_read_info(reader->png, reader->info);

  CPNGHeader *h = &reader->header;
  h->width = png_get_image_width(reader->png, reader->info);
  h->height = png_get_image_height(reader->png, reader->info);
  h->bit_depth = png_get_bit_depth(reader->png, reader->info);
  h->color_type = png_get_color_type(reader->png, reader->info);
  h->channels = png_get_channels(reader->png, reader->info);
  h->interlaced = png_get_interlace_type(reader->png, reader->info) != PNG_INTERLACE_NONE;
  h->has_transparency = png_get_valid(reader->png, reader->info, PNG_INFO_tRNS) != 0;
  h->sample_bytes = h->bit_depth == 16 ? 2 : 1;
  *header = *h;
  return 0;
}

// Asks libpng for RGBA of 8 or 16 bits, without touching a colour value, and for whole pictures if
// they are interlaced; returns how often each row is to be read then.
static int request_rgba(CPNGReader *reader, int whole) {
  png_structp png = reader->png;
  const CPNGHeader *h = &reader->header;
  png_set_expand(png);
  if (!(h->color_type & PNG_COLOR_MASK_COLOR)) png_set_gray_to_rgb(png);
  if (!(h->color_type & PNG_COLOR_MASK_ALPHA) && !h->has_transparency)
    png_set_add_alpha(png, h->sample_bytes == 2 ? 0xffff : 0xff, PNG_FILLER_AFTER);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  if (h->sample_bytes == 2) png_set_swap(png);
#endif
  int passes = whole ? png_set_interlace_handling(png) : 1;
  png_read_update_info(png, reader->info);
  return passes;
}

int cpng_read_pixels(CPNGReader *reader, void *pixels, size_t size) {
  if (!reader->png || !reader->info) return fail(reader, "the header was not read");
  if (setjmp(reader->jump)) return -1;
  int passes = request_rgba(reader, 1);
  size_t row = png_get_rowbytes(reader->png, reader->info);
  size_t expected = (size_t)reader->header.width * 4 * reader->header.sample_bytes;
  if (row != expected || expected * reader->header.height != size)
    return fail(reader, "its rows do not have the size that its header says");
  for (int pass = 0; pass < passes; pass++)
    for (uint32_t y = 0; y < reader->header.height; y++)
      png_read_row(reader->png, (png_bytep)pixels + row * y, NULL);
  png_read_end(reader->png, reader->info);
  return 0;
}

int cpng_count_transparent(CPNGReader *reader, size_t *count) {
  if (!reader->png || !reader->info) return fail(reader, "the header was not read");
  if (setjmp(reader->jump)) return -1;
  const CPNGHeader *h = &reader->header;
  // Without its handling of interlacing libpng hands out the rows of each pass as they are stored.
  request_rgba(reader, 0);
  size_t bytes = 4 * (size_t)h->sample_bytes, found = 0;
  if (png_get_rowbytes(reader->png, reader->info) != h->width * bytes)
    return fail(reader, "its rows do not have the size that its header says");
  // Freed with the reader, also where libpng jumps.
  free(reader->row);
  reader->row = malloc(h->width * bytes);
  if (!reader->row) return fail(reader, "out of memory");
  for (int pass = 0; pass < (h->interlaced ? PNG_INTERLACE_ADAM7_PASSES : 1); pass++) {
    uint32_t columns = h->interlaced ? PNG_PASS_COLS(h->width, pass) : h->width;
    uint32_t rows = h->interlaced ? PNG_PASS_ROWS(h->height, pass) : h->height;
    if (columns == 0) continue;
    for (uint32_t y = 0; y < rows; y++) {
      png_read_row(reader->png, reader->row, NULL);
      for (const uint8_t *a = reader->row + bytes * 3 / 4; a < reader->row + columns * bytes; a += bytes)
        found += h->sample_bytes == 1 ? a[0] != 0xff : a[0] != 0xff || a[1] != 0xff;
    }
  }
  png_read_end(reader->png, reader->info);
  *count = found;
  return 0;
}

int cpng_has_extra_data(const CPNGReader *reader) { return reader->has_extra_data; }

size_t cpng_icc_profile(CPNGReader *reader, const char **name, const uint8_t **data) {
  png_charp profile_name = NULL;
  png_bytep profile = NULL;
  png_uint_32 size = 0;
  int compression = 0;
  if (setjmp(reader->jump)) return 0;
  if (!png_get_iCCP(
          reader->png, reader->info, &profile_name, &compression, &profile, &size))
    return 0;
  *name = profile_name;
  *data = profile;
  return size;
}

uint32_t cpng_crc(const uint8_t *data, size_t size) {
  uLong crc = crc32(0, NULL, 0);
  // zlib counts in 32 bits.
  while (size > 0) {
    uInt part = size < 1u << 30 ? (uInt)size : 1u << 30;
    crc = crc32(crc, data, part);
    data += part;
    size -= part;
  }
  return (uint32_t)crc;
}

int cpng_inflate(
    const uint8_t *data, size_t size, uint8_t *out, size_t capacity, size_t *produced) {
  z_stream stream = {0};
  *produced = 0;
  if (size > UINT32_MAX || capacity > UINT32_MAX || inflateInit(&stream) != Z_OK) return -1;
  stream.next_in = (Bytef *)data;
  stream.avail_in = (uInt)size;
  stream.next_out = out;
  stream.avail_out = (uInt)capacity;
  int status = inflate(&stream, Z_FINISH);
  *produced = capacity - stream.avail_out;
  inflateEnd(&stream);
  if (status == Z_STREAM_END) return 0;
  return stream.avail_out == 0 && (status == Z_OK || status == Z_BUF_ERROR) ? 1 : -1;
}
