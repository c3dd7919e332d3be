// What Swift can't see of FFmpeg, because it is a macro, and one callback that has to be C.
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/error.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>

static const int AFFECT_AVERROR_EOF = AVERROR_EOF;
static const int AFFECT_AVERROR_EAGAIN = AVERROR(EAGAIN);
static const int AFFECT_AVERROR_INVALIDDATA = AVERROR_INVALIDDATA;
static const int64_t AFFECT_AV_NOPTS_VALUE = AV_NOPTS_VALUE;

static int affect_refuse_open(struct AVFormatContext *context, AVIOContext **io, const char *url, int flags,
                              AVDictionary **options) {
  (void)context, (void)io, (void)url, (void)flags, (void)options;
  return AVERROR(EPERM);
}

// A playlist, a manifest or a reference movie names other files and addresses. With this set no demuxer opens them.
static inline void affect_refuse_other_files(AVFormatContext *context) { context->io_open = affect_refuse_open; }
