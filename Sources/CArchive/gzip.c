#include "gzip.h"

static bool carchive_gzip_fill(carchive_gzip *gzip, carchive_gzip_source source, void *context, bool *is_end) {
  const uint8_t *input = NULL;
  ptrdiff_t count = source(context, &input);
  *is_end = count == 0;
  if (count < 0) return false;
  gzip->stream.next_in = (Bytef *)input;
  gzip->stream.avail_in = (uInt)count;
  return true;
}

// Goes to the next member, if one follows. Its first two bytes may be in different pieces of the input.
static bool carchive_gzip_begin_member(carchive_gzip *gzip, carchive_gzip_source source, void *context) {
  static const uint8_t magic[] = {0x1F, 0x8B};
  bool is_end = false;
  if (gzip->stream.avail_in == 0 && !carchive_gzip_fill(gzip, source, context, &is_end)) {
    gzip->error = "cannot read";
    return false;
  }
  if (is_end || gzip->stream.next_in[0] != magic[0] || (gzip->stream.avail_in > 1 && gzip->stream.next_in[1] != magic[1])) {
    if (!gzip->is_ready) gzip->error = "not gzip data";
    return false;
  }
  if (!gzip->is_ready) {
    // 16: gzip's header and trailer.
    if (inflateInit2(&gzip->stream, 16 + MAX_WBITS) != Z_OK) {
      gzip->error = "out of memory";
      return false;
    }
    gzip->is_ready = true;
  } else {
    inflateReset(&gzip->stream);
  }
  return gzip->is_in_member = true;
}

ptrdiff_t carchive_gzip_decode(carchive_gzip *gzip, carchive_gzip_source source, void *context) {
  z_stream *stream = &gzip->stream;
  stream->next_out = gzip->output;
  stream->avail_out = sizeof gzip->output;
  while (gzip->error == NULL && stream->avail_out > 0) {
    if (!gzip->is_in_member && !carchive_gzip_begin_member(gzip, source, context)) break;
    bool is_end = false;
    if (stream->avail_in == 0 && !carchive_gzip_fill(gzip, source, context, &is_end)) gzip->error = "cannot read";
    if (is_end) gzip->error = "truncated gzip input";
    if (gzip->error != NULL) break;
    int result = inflate(stream, Z_NO_FLUSH);
    if (result == Z_STREAM_END) {
      gzip->is_in_member = false;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      gzip->error = stream->msg != NULL ? stream->msg : "not gzip data";
    }
  }
  ptrdiff_t count = (ptrdiff_t)(sizeof gzip->output - stream->avail_out);
  return count > 0 ? count : gzip->error != NULL ? -1 : 0;
}

void carchive_gzip_close(carchive_gzip *gzip) {
  if (gzip->is_ready) inflateEnd(&gzip->stream);
}
