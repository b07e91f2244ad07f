#include "CPNG.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

// Everything a write holds, so that a jump finds it unharmed by register allocation.
typedef struct {
  png_structp png;
  png_infop info;
  png_bytep row;
  uint8_t *bytes;
  size_t size, capacity;
  jmp_buf jump;
  char *error;
  int done;
} Writer;

static void on_error(png_structp png, png_const_charp message) {
  Writer *writer = png_get_error_ptr(png);
  snprintf(writer->error, CPNG_TEXT, "%s", message);
  longjmp(writer->jump, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void on_write(png_structp png, png_bytep data, size_t count) {
  Writer *writer = png_get_io_ptr(png);
  if (count > writer->capacity - writer->size) {
    // Large files grow by less, since what they do not fill counts where address space is bounded.
    size_t more = writer->capacity < (16 << 20) ? writer->capacity : writer->capacity / 8;
    size_t capacity = writer->capacity + more + count + 4096;
    uint8_t *bytes = realloc(writer->bytes, capacity);
    if (!bytes) png_error(png, "out of memory");
    writer->bytes = bytes;
    writer->capacity = capacity;
  }
  memcpy(writer->bytes + writer->size, data, count);
  writer->size += count;
}

static void on_flush(png_structp png) { (void)png; }

static int channels_of(uint8_t color_type) {
  return (color_type & PNG_COLOR_MASK_COLOR ? 3 : 1) + (color_type & PNG_COLOR_MASK_ALPHA ? 1 : 0);
}

// Copies the samples the colour type keeps, 16 bit ones as big endian.
static void pack_row(const void *rgba, CPNGFormat format, uint32_t y, png_bytep row) {
  static const uint8_t sources[4][4] = {{0}, {0, 3}, {0, 1, 2}, {0, 1, 2, 3}};
  int channels = channels_of(format.color_type);
  const uint8_t *source = sources[channels - 1];
  size_t start = (size_t)y * format.width * 4;
  if (format.bit_depth == 8) {
    const uint8_t *pixel = (const uint8_t *)rgba + start;
    for (uint32_t x = 0; x < format.width; x++, pixel += 4)
      for (int c = 0; c < channels; c++) *row++ = pixel[source[c]];
  } else {
    const uint16_t *pixel = (const uint16_t *)rgba + start;
    for (uint32_t x = 0; x < format.width; x++, pixel += 4)
      for (int c = 0; c < channels; c++) {
        *row++ = (png_byte)(pixel[source[c]] >> 8);
        *row++ = (png_byte)pixel[source[c]];
      }
  }
}

static void write_picture(
    Writer *w, const void *rgba, CPNGFormat format, const CPNGChunk *chunks, size_t count) {
  // Without this libpng refuses sides of more than a million pixels.
  png_set_user_limits(w->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  // Fixed settings: the same picture gives the same bytes.
  png_set_compression_level(w->png, 6);
  png_set_compression_strategy(w->png, Z_FILTERED);
  png_set_compression_mem_level(w->png, 8);
  png_set_filter(w->png, PNG_FILTER_TYPE_BASE, PNG_ALL_FILTERS);
  png_set_IHDR(
      w->png, w->info, format.width, format.height, format.bit_depth, format.color_type,
      PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info_before_PLTE(w->png, w->info);
  for (size_t i = 0; i < count; i++)
    png_write_chunk(w->png, (png_const_bytep)chunks[i].type, chunks[i].data, chunks[i].size);
  png_write_info(w->png, w->info);
  for (uint32_t y = 0; y < format.height; y++) {
    pack_row(rgba, format, y, w->row);
    png_write_row(w->png, w->row);
  }
  png_write_end(w->png, NULL);
}

int cpng_write(
    const void *rgba, CPNGFormat format, const CPNGChunk *chunks, size_t chunk_count,
    uint8_t **out, size_t *out_size, char error[CPNG_TEXT]) {
  Writer *w = calloc(1, sizeof *w);
  snprintf(error, CPNG_TEXT, "out of memory");
  if (!w) return -1;
  w->error = error;
  if (!setjmp(w->jump)) {
    w->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, w, on_error, on_warning);
    w->info = w->png ? png_create_info_struct(w->png) : NULL;
    w->row = malloc((size_t)format.width * 8 + 1);
    if (w->info && w->row) {
      png_set_write_fn(w->png, w, on_write, on_flush);
      write_picture(w, rgba, format, chunks, chunk_count);
      w->done = 1;
    }
  }
  int status = w->done ? 0 : -1;
  *out = w->done ? w->bytes : NULL;
  *out_size = w->done ? w->size : 0;
  if (!w->done) free(w->bytes);
  png_destroy_write_struct(&w->png, &w->info);
  free(w->row);
  free(w);
  return status;
}

size_t cpng_deflate(const uint8_t *data, size_t size, uint8_t **out) {
  uLongf bound = compressBound(size);
  *out = malloc(bound);
  if (!*out || compress2(*out, &bound, data, size, 9) != Z_OK) {
    free(*out);
    *out = NULL;
    return 0;
  }
  return bound;
}

int cpng_can_allocate(size_t size) {
  // Volatile, or the compiler takes the pair away.
  void *volatile block = malloc(size);
  free(block);
  return size == 0 || block != NULL;
}

void cpng_free(uint8_t *bytes) { free(bytes); }
