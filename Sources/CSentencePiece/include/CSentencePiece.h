// SentencePiece's library for Swift: a trained model, and the pieces of a text.
//
// Whoever gets a processor or a message frees it, with the function named beside it. A processor may be used by several
// threads at once: after it is loaded, nothing changes it.
#ifndef AFFECT_CSENTENCEPIECE_H
#define AFFECT_CSENTENCEPIECE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct affect_spm affect_spm;

// A piece of a text: its id, and where it lies in the text, in bytes.
typedef struct {
  int32_t id;
  uint32_t begin;
  uint32_t end;
} affect_spm_piece;

// Reads a model of `count` bytes. NULL if it is none; then *message says why, for affect_spm_free_text.
affect_spm *affect_spm_load(const char *bytes, size_t count, char **message);
void affect_spm_free(affect_spm *processor);
void affect_spm_free_text(char *text);

int32_t affect_spm_count(const affect_spm *processor);
// The id of a piece, or -1.
int32_t affect_spm_id(const affect_spm *processor, const char *piece, size_t length);
// The text of a piece, which lives as long as the processor.
const char *affect_spm_piece_text(const affect_spm *processor, int32_t id, size_t *length);
int affect_spm_is_control(const affect_spm *processor, int32_t id);
int32_t affect_spm_unknown(const affect_spm *processor);

// The pieces of a text, handed to `take` in one call. Returns 0, or 1 with *message set.
int affect_spm_encode(const affect_spm *processor, const char *text, size_t length, void *context,
                      void (*take)(void *context, const affect_spm_piece *pieces, size_t count), char **message);
// The text of ids, handed to `take` in one call. Returns 0, or 1 with *message set.
int affect_spm_decode(const affect_spm *processor, const int32_t *ids, size_t count, void *context,
                      void (*take)(void *context, const char *text, size_t length), char **message);

#ifdef __cplusplus
}
#endif
#endif
