#include "CSentencePiece.h"

#include <sentencepiece_processor.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <vector>

struct affect_spm {
  sentencepiece::SentencePieceProcessor processor;
};

namespace {
char *copy(const std::string &text) {
  char *made = static_cast<char *>(std::malloc(text.size() + 1));
  if (made) std::memcpy(made, text.c_str(), text.size() + 1);
  return made;
}

// No exception may leave into Swift.
template <class Body>
int guarded(char **message, Body body) {
  try {
    const sentencepiece::util::Status status = body();
    if (status.ok()) return 0;
    *message = copy(status.error_message());
  } catch (const std::exception &error) {
    *message = copy(error.what());
  } catch (...) {
    *message = copy("an unknown exception");
  }
  return 1;
}
}  // namespace

affect_spm *affect_spm_load(const char *bytes, size_t count, char **message) {
  std::unique_ptr<affect_spm> made;
  const int failed = guarded(message, [&] {
    made = std::make_unique<affect_spm>();
    return made->processor.LoadFromSerializedProto({bytes, count});
  });
  return failed ? nullptr : made.release();
}

void affect_spm_free(affect_spm *processor) { delete processor; }
void affect_spm_free_text(char *text) { std::free(text); }

int32_t affect_spm_count(const affect_spm *it) { return it->processor.GetPieceSize(); }

int32_t affect_spm_id(const affect_spm *it, const char *piece, size_t length) {
  const int id = it->processor.PieceToId({piece, length});
  return it->processor.IdToPiece(id) == std::string(piece, length) ? id : -1;
}

const char *affect_spm_piece_text(const affect_spm *it, int32_t id, size_t *length) {
  const std::string &piece = it->processor.IdToPiece(id);
  *length = piece.size();
  return piece.data();
}

int affect_spm_is_control(const affect_spm *it, int32_t id) { return it->processor.IsControl(id); }
int32_t affect_spm_unknown(const affect_spm *it) { return it->processor.unk_id(); }

int affect_spm_encode(const affect_spm *it, const char *text, size_t length, void *context,
                      void (*take)(void *, const affect_spm_piece *, size_t), char **message) {
  return guarded(message, [&] {
    sentencepiece::ImmutableSentencePieceText found;
    const auto status = it->processor.Encode({text, length}, found.mutable_proto());
    if (!status.ok()) return status;
    std::vector<affect_spm_piece> pieces;
    pieces.reserve(found.pieces_size());
    for (size_t i = 0; i < found.pieces_size(); i++) {
      const auto piece = found.pieces(static_cast<int>(i));
      pieces.push_back({static_cast<int32_t>(piece.id()), piece.begin(), piece.end()});
    }
    take(context, pieces.data(), pieces.size());
    return status;
  });
}

int affect_spm_decode(const affect_spm *it, const int32_t *ids, size_t count, void *context,
                      void (*take)(void *, const char *, size_t), char **message) {
  return guarded(message, [&] {
    std::string text;
    const auto status = it->processor.Decode(std::vector<int>(ids, ids + count), &text);
    if (status.ok()) take(context, text.data(), text.size());
    return status;
  });
}
