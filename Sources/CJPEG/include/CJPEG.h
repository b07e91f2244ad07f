#pragma once

#include <stddef.h>
#include <stdint.h>

// Reading JPEG through libjpeg, where the build found it. As with PNG, libjpeg leaves on errors by
// longjmp, so a whole decode is one call and no jump crosses its caller.

enum { CJPEG_TEXT = 200 };

/// How the file stores its colours.
enum { CJPEG_GREY = 1, CJPEG_COLOR = 3, CJPEG_CMYK = 4 };

typedef struct {
  uint32_t width, height;
  int color;  // one of the three above
  int components;
  int progressive;
  int multiple_scans;
  int density_unit;  // 0 ratio only, 1 per inch, 2 per centimetre, -1 not said
  uint32_t density_x, density_y;
} CJPEGHeader;

/// Whether this build can read JPEG at all.
int cjpeg_available(void);

typedef struct CJPEGReader CJPEGReader;

/// Makes a reader of bytes that must outlive it; NULL when out of memory or not available.
CJPEGReader *cjpeg_reader_create(const uint8_t *data, size_t size);
void cjpeg_reader_destroy(CJPEGReader *reader);
/// Why the last call on this reader returned -1.
const char *cjpeg_reader_error(const CJPEGReader *reader);
/// What libjpeg found odd; empty where nothing.
const char *cjpeg_reader_warning(const CJPEGReader *reader);

/// Reads up to the pixels; nothing of their size is allocated. The caller judges the size.
int cjpeg_read_header(CJPEGReader *reader, uint32_t max_scans, CJPEGHeader *header);
/// Decodes into `rgba`, 4 * width * height bytes, alpha 255. A file without an end marker is decoded
/// where no bit of a pixel is missing.
int cjpeg_read_pixels(CJPEGReader *reader, uint8_t *rgba, size_t size);
