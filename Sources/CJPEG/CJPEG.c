#include "CJPEG.h"

#ifdef TESSERA_JPEG

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

struct CJPEGReader {
  struct jpeg_decompress_struct jpeg;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf jump;
  char error[CJPEG_TEXT];
  char warning[CJPEG_TEXT];
  const uint8_t *data;
  size_t size;
  uint32_t max_scans;
  uint8_t *row;
  int created, in_pixels, has_no_end;
};

int cjpeg_available(void) { return 1; }

static void on_error(j_common_ptr jpeg) {
  CJPEGReader *reader = jpeg->client_data;
  char text[JMSG_LENGTH_MAX];
  jpeg->err->format_message(jpeg, text);
  snprintf(reader->error, sizeof reader->error, "%.*s", CJPEG_TEXT - 1, text);
  longjmp(reader->jump, 1);
}

static void on_message(j_common_ptr jpeg, int level) {
  CJPEGReader *reader = jpeg->client_data;
  if (level >= 0) return;
  int code = jpeg->err->msg_code;
  // The last bits of the pixels may well be there, which JWRN_HIT_MARKER else denies.
  if (code == JWRN_JPEG_EOF && reader->in_pixels) {
    reader->has_no_end = 1;
    return;
  }
  // libjpeg fills what is missing with grey and carries on; here a cut file is a broken one.
  if (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER) {
    snprintf(reader->error, sizeof reader->error, "the file ends too early or is damaged");
    longjmp(reader->jump, 1);
  }
  if (reader->warning[0]) return;
  char text[JMSG_LENGTH_MAX];
  jpeg->err->format_message(jpeg, text);
  snprintf(reader->warning, sizeof reader->warning, "%.*s", CJPEG_TEXT - 1, text);
}

// A tiny file can ask for very many passes over a large picture.
static void on_progress(j_common_ptr jpeg) {
  CJPEGReader *reader = jpeg->client_data;
  int scan = ((j_decompress_ptr)jpeg)->input_scan_number;
  if (scan < 0 || (uint32_t)scan <= reader->max_scans) return;
  snprintf(
      reader->error, sizeof reader->error, "it has more than %u progressive passes",
      reader->max_scans);
  longjmp(reader->jump, 1);
}

CJPEGReader *cjpeg_reader_create(const uint8_t *data, size_t size) {
  CJPEGReader *reader = calloc(1, sizeof *reader);
  if (!reader) return NULL;
  reader->data = data;
  reader->size = size;
  return reader;
}

void cjpeg_reader_destroy(CJPEGReader *reader) {
  if (!reader) return;
  if (reader->created) jpeg_destroy_decompress(&reader->jpeg);
  free(reader->row);
  free(reader);
}

const char *cjpeg_reader_error(const CJPEGReader *reader) { return reader->error; }
const char *cjpeg_reader_warning(const CJPEGReader *reader) { return reader->warning; }

static void describe(struct jpeg_decompress_struct *jpeg, CJPEGHeader *header) {
  header->width = jpeg->image_width;
  header->height = jpeg->image_height;
  header->color = jpeg->num_components == 1 ? CJPEG_GREY
      : jpeg->num_components == 4           ? CJPEG_CMYK
                                            : CJPEG_COLOR;
  header->components = jpeg->num_components;
  header->progressive = jpeg->progressive_mode;
  header->multiple_scans = jpeg_has_multiple_scans(jpeg);
  header->density_unit = jpeg->saw_JFIF_marker ? jpeg->density_unit : -1;
  header->density_x = jpeg->X_density;
  header->density_y = jpeg->Y_density;
}

int cjpeg_read_header(CJPEGReader *reader, uint32_t max_scans, CJPEGHeader *header) {
  struct jpeg_decompress_struct *jpeg = &reader->jpeg;
  if (setjmp(reader->jump)) return -1;
  jpeg->err = jpeg_std_error(&reader->errors);
  reader->errors.error_exit = on_error;
  reader->errors.emit_message = on_message;
  jpeg->client_data = reader;
  jpeg_create_decompress(jpeg);
  reader->created = 1;
  reader->progress.progress_monitor = on_progress;
  reader->max_scans = max_scans;
  jpeg->progress = &reader->progress;
  jpeg_mem_src(jpeg, reader->data, reader->size);
  jpeg_read_header(jpeg, TRUE);
  describe(jpeg, header);
  return 0;
}

// Inks to light without a profile: what each of two inks lets through is multiplied. Files store the
// inks inverted, as light already, whether Adobe's marker says so or not: that is how Adobe's
// programs began to write them, and what browsers and picture libraries take for granted.
static void convert_cmyk(const uint8_t *cmyk, uint8_t *rgba, uint32_t width) {
  for (uint32_t x = 0; x < width; x++, cmyk += 4, rgba += 4) {
    for (int c = 0; c < 3; c++) rgba[c] = (uint8_t)((cmyk[c] * cmyk[3] + 127) / 255);
    rgba[3] = 255;
  }
}

// Whether all scans of a file without an end are there: one of each component, and each coefficient
// to its last bit. Of a single scan libjpeg tells itself when bits are missing.
static int is_complete(const struct jpeg_decompress_struct *jpeg) {
  if (jpeg->arith_code) return 0;  // made-up bits look like any others
  for (int c = 0; c < jpeg->num_components; c++) {
    if (!jpeg->comp_info[c].quant_table) return 0;
    if (!jpeg->progressive_mode || !jpeg->coef_bits) continue;
    for (int k = 0; k < DCTSIZE2; k++)
      if (jpeg->coef_bits[c][k] != 0) return 0;
  }
  return 1;
}

int cjpeg_read_pixels(CJPEGReader *reader, uint8_t *rgba, size_t size) {
  struct jpeg_decompress_struct *jpeg = &reader->jpeg;
  if (!reader->created) return -1;
  if (setjmp(reader->jump)) return -1;
  reader->in_pixels = 1;
  int cmyk = jpeg->num_components == 4;
  jpeg->out_color_space = cmyk ? JCS_CMYK : JCS_EXT_RGBA;
  jpeg->dct_method = JDCT_ISLOW;
  jpeg_start_decompress(jpeg);
  size_t row = (size_t)jpeg->output_width * 4;
  if (jpeg->output_components != 4 || row * jpeg->output_height != size) {
    snprintf(reader->error, sizeof reader->error, "its rows do not fit its header");
    return -1;
  }
  if (cmyk && !(reader->row = malloc(row))) {
    snprintf(reader->error, sizeof reader->error, "out of memory");
    return -1;
  }
  while (jpeg->output_scanline < jpeg->output_height) {
    uint8_t *target = rgba + row * jpeg->output_scanline;
    JSAMPROW line = cmyk ? reader->row : target;
    jpeg_read_scanlines(jpeg, &line, 1);
    if (cmyk) convert_cmyk(line, target, jpeg->output_width);
  }
  if (reader->has_no_end && !is_complete(jpeg)) {
    snprintf(reader->error, sizeof reader->error, "the file ends before its last pass");
    return -1;
  }
  // Whatever comes now cannot change a pixel.
  if (!setjmp(reader->jump)) jpeg_finish_decompress(jpeg);
  return 0;
}

#else

// A build without libjpeg: reading says so, and nothing else is ever called.

int cjpeg_available(void) { return 0; }
CJPEGReader *cjpeg_reader_create(const uint8_t *data, size_t size) {
  (void)data, (void)size;
  return NULL;
}
void cjpeg_reader_destroy(CJPEGReader *reader) { (void)reader; }
const char *cjpeg_reader_error(const CJPEGReader *reader) {
  (void)reader;
  return "no libjpeg";
}
const char *cjpeg_reader_warning(const CJPEGReader *reader) {
  (void)reader;
  return "";
}
int cjpeg_read_header(CJPEGReader *reader, uint32_t max_scans, CJPEGHeader *header) {
  (void)reader, (void)max_scans, (void)header;
  return -1;
}
int cjpeg_read_pixels(CJPEGReader *reader, uint8_t *rgba, size_t size) {
  (void)reader, (void)rgba, (void)size;
  return -1;
}

#endif
