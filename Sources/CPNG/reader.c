#include "CPNG.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CPNGReader {
  const uint8_t *data;
  size_t size, position;
  png_structp png;
  png_infop info;
  jmp_buf jump;
  char error[CPNG_TEXT];
  char warnings[CPNG_WARNINGS][CPNG_TEXT];
  int warning_count;
  CPNGHeader header;
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
  // libpng shrugs at pixel data that do not fit the header; here such a file is a broken one.
  if (strncmp(message, "IDAT", 4) == 0) png_error(png, message);
  if (reader->warning_count == CPNG_WARNINGS) return;
  snprintf(reader->warnings[reader->warning_count++], CPNG_TEXT, "%s", message);
}

static void on_read(png_structp png, png_bytep target, size_t count) {
  CPNGReader *reader = png_get_io_ptr(png);
  if (count > reader->size - reader->position) png_error(png, "the file ends too early");
  memcpy(target, reader->data + reader->position, count);
  reader->position += count;
}

static int fail(CPNGReader *reader, const char *message) {
  snprintf(reader->error, sizeof reader->error, "%s", message);
  return -1;
}

CPNGReader *cpng_reader_create(const uint8_t *data, size_t size) {
  CPNGReader *reader = calloc(1, sizeof *reader);
  if (!reader) return NULL;
  reader->data = data;
  reader->size = size;
  return reader;
}

void cpng_reader_destroy(CPNGReader *reader) {
  if (!reader) return;
  png_destroy_read_struct(&reader->png, &reader->info, NULL);
  free(reader);
}

const char *cpng_reader_error(const CPNGReader *reader) { return reader->error; }

const char *cpng_reader_warning(const CPNGReader *reader, int index) {
  return index < reader->warning_count ? reader->warnings[index] : NULL;
}

// Chunks kept as raw bytes, so that they are carried through without libpng's colour management
// deriving one from another.
static const png_byte kept_chunks[] =
    "gAMA\0cHRM\0sRGB\0pHYs\0eXIf\0cICP\0mDCV\0cLLI";

static void set_limits(CPNGReader *reader, CPNGLimits limits) {
  png_set_user_limits(reader->png, limits.max_side, limits.max_side);
  png_set_chunk_cache_max(reader->png, limits.max_chunks);
  png_set_chunk_malloc_max(reader->png, limits.max_chunk_bytes);
  png_set_crc_action(reader->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_set_keep_unknown_chunks(
      reader->png, PNG_HANDLE_CHUNK_ALWAYS, kept_chunks, (int)(sizeof kept_chunks / 5));
#ifdef PNG_SKIP_sRGB_CHECK_PROFILE
  png_set_option(reader->png, PNG_SKIP_sRGB_CHECK_PROFILE, PNG_OPTION_ON);
#endif
}

// Walks over the chunks up to the end chunk, so that libpng, which allocates what a chunk's length
// says, only meets lengths that the file really has.
static int check_chunks(CPNGReader *reader) {
  size_t at = 8;
  while (reader->size >= 12 && at <= reader->size - 12) {
    const uint8_t *head = reader->data + at;
    size_t length = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    if (length > reader->size - 12 - at) break;
    at += length + 12;
    if (memcmp(head + 4, "IEND", 4) == 0) return 0;
  }
  return fail(reader, "the file ends too early");
}

// The size checks, on numbers no file has been believed about yet.
static int check_size(CPNGReader *reader, CPNGLimits limits) {
  const CPNGHeader *h = &reader->header;
  uint64_t pixels = (uint64_t)h->width * h->height;
  if (pixels > limits.max_pixels || pixels * 4 * h->sample_bytes > limits.max_bytes) {
    snprintf(
        reader->error, sizeof reader->error, "%ux%u pixels are more than the limit of %llu",
        h->width, h->height, (unsigned long long)limits.max_pixels);
    return -1;
  }
  // Deflate packs at most 1032 to 1, so a header can be caught lying before memory is spent.
  uint64_t bits = (uint64_t)png_get_channels(reader->png, reader->info) * h->bit_depth;
  if (pixels * bits / 8 / 1032 > reader->size) {
    snprintf(
        reader->error, sizeof reader->error, "%zu bytes cannot hold the %ux%u pixels it declares",
        reader->size, h->width, h->height);
    return -1;
  }
  return 0;
}

int cpng_read_header(CPNGReader *reader, CPNGLimits limits, CPNGHeader *header) {
  if (check_chunks(reader) != 0) return -1;
  if (setjmp(reader->jump)) return -1;
  reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, on_error, on_warning);
  if (!reader->png) return fail(reader, "libpng could not start");
  reader->info = png_create_info_struct(reader->png);
  if (!reader->info) return fail(reader, "out of memory");
  set_limits(reader, limits);
  png_set_read_fn(reader->png, reader, on_read);
  png_read_info(reader->png, reader->info);

  CPNGHeader *h = &reader->header;
  h->width = png_get_image_width(reader->png, reader->info);
  h->height = png_get_image_height(reader->png, reader->info);
  h->bit_depth = png_get_bit_depth(reader->png, reader->info);
  h->color_type = png_get_color_type(reader->png, reader->info);
  h->interlaced = png_get_interlace_type(reader->png, reader->info) != PNG_INTERLACE_NONE;
  h->has_transparency = png_get_valid(reader->png, reader->info, PNG_INFO_tRNS) != 0;
  h->sample_bytes = h->bit_depth == 16 ? 2 : 1;
  *header = *h;
  return check_size(reader, limits);
}

// Asks libpng for RGBA of 8 or 16 bits, without touching a colour value.
static int request_rgba(CPNGReader *reader) {
  png_structp png = reader->png;
  const CPNGHeader *h = &reader->header;
  png_set_expand(png);
  if (!(h->color_type & PNG_COLOR_MASK_COLOR)) png_set_gray_to_rgb(png);
  if (!(h->color_type & PNG_COLOR_MASK_ALPHA) && !h->has_transparency)
    png_set_add_alpha(png, h->sample_bytes == 2 ? 0xffff : 0xff, PNG_FILLER_AFTER);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  if (h->sample_bytes == 2) png_set_swap(png);
#endif
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, reader->info);
  return passes;
}

int cpng_read_pixels(CPNGReader *reader, void *pixels, size_t size) {
  if (!reader->png || !reader->info) return fail(reader, "the header was not read");
  if (setjmp(reader->jump)) return -1;
  int passes = request_rgba(reader);
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

size_t cpng_trailing_bytes(const CPNGReader *reader) { return reader->size - reader->position; }

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

int cpng_chunk_count(CPNGReader *reader) {
  png_unknown_chunkp chunks = NULL;
  if (setjmp(reader->jump)) return 0;
  return png_get_unknown_chunks(reader->png, reader->info, &chunks);
}

CPNGChunk cpng_chunk(CPNGReader *reader, int index) {
  png_unknown_chunkp chunks = NULL;
  CPNGChunk chunk = {{0}, NULL, 0};
  if (setjmp(reader->jump)) return chunk;
  if (index < png_get_unknown_chunks(reader->png, reader->info, &chunks)) {
    memcpy(chunk.type, chunks[index].name, 4);
    chunk.data = chunks[index].data;
    chunk.size = chunks[index].size;
  }
  return chunk;
}

int cpng_text_count(CPNGReader *reader) {
  png_textp texts = NULL;
  if (setjmp(reader->jump)) return 0;
  return png_get_text(reader->png, reader->info, &texts, NULL);
}

CPNGTextEntry cpng_text(CPNGReader *reader, int index) {
  png_textp texts = NULL;
  CPNGTextEntry entry = {"", "", 0, 0};
  if (setjmp(reader->jump)) return entry;
  if (index < png_get_text(reader->png, reader->info, &texts, NULL)) {
    const png_text *text = &texts[index];
    entry.utf8 = text->compression >= PNG_ITXT_COMPRESSION_NONE;
    if (text->key) entry.key = text->key;
    if (text->text) entry.value = text->text;
    entry.value_size = entry.utf8 ? text->itxt_length : text->text_length;
    if (!text->text) entry.value_size = 0;
  }
  return entry;
}
