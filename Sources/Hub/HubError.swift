/// Why a model can't be had, and what to do about it.
public indirect enum HubError: Error, Equatable, CustomStringConvertible {
  /// A text that is neither a folder nor a model's id.
  case notAModel(String)
  /// A text that is no folder, and as an id names nothing that can be had.
  case noFolder(String, asID: HubError)
  /// A variable of the environment that makes no sense.
  case setting(name: String, reason: String)
  /// Offline mode, and the cache has not all of the model.
  case offline(id: String, cache: String)
  /// No answer: no network, no such host, a connection that is cut again and again.
  case unreachable(address: String, reason: String, id: String)
  /// The hub does not accept the token.
  case tokenRefused(id: String, source: String)
  /// A model that is private or not there; without a token the hub does not say which.
  case unknownOrPrivate(id: String)
  /// A model whose terms must be accepted first.
  case gated(id: String, page: String, tokenSource: String?)
  /// The hub refuses access for another reason, which it gives.
  case forbidden(id: String, message: String)
  /// There is no such model.
  case noModel(id: String, endpoint: String)
  /// There is no such branch, tag or commit.
  case noRevision(id: String, revision: String, page: String)
  /// There is no such file at this commit.
  case noFile(id: String, file: String, commit: String)
  /// The hub counts the requests, and these were too many.
  case tooManyRequests(id: String, seconds: Int?)
  /// The hub fails.
  case server(address: String, status: Int, message: String)
  /// Something answers that is not a hub.
  case notAHub(address: String, reason: String)
  /// A name that could lead outside the cache.
  case hostileName(id: String, name: String)
  /// Content that is not what the hub says it is, though it was fetched twice.
  case corrupted(id: String, file: String, reason: String)
  /// The disk has no room.
  case diskFull(folder: String, needed: Int, free: Int)
  /// The repository has no weights in a layout that can be read.
  case noWeights(id: String, reason: String)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .notAModel(let text):
      "'\(text)' is no folder, and no model's id either; an id looks like microsoft/wavlm-large or "
        + "microsoft/wavlm-large@REVISION"
    case .noFolder(let text, let error): "there is no folder '\(text)', and taken as a model's id: \(error)"
    case .setting(let name, let reason): "\(name): \(reason)"
    case .offline(let id, let cache):
      "\(id) is not complete in the cache \(cache), and the hub is not asked in offline mode; unset HF_HUB_OFFLINE, or "
        + "run 'affect download \(id)' on a machine with a network and copy its cache"
    case .unreachable(let address, let reason, let id):
      "\(address) can't be reached: \(reason); check the network (and HTTPS_PROXY or HF_ENDPOINT if you use them) and "
        + "run the command again, what was downloaded of \(id) is kept"
    case .tokenRefused(let id, let source):
      "\(id): the hub does not accept the token of \(source); it may have expired: make a new one in the settings of "
        + "your account, or unset it for models that are public"
    case .unknownOrPrivate(let id):
      "\(id): the hub has no such model, or it is private; check the spelling, or, for a private model, set HF_TOKEN "
        + "to a token that may read it"
    case .gated(let id, let page, let source?):
      "\(id) is gated: accept its terms at \(page) with the account whose token is in \(source), and give the token "
        + "the right to read gated models"
    case .gated(let id, let page, nil):
      "\(id) is gated: accept its terms at \(page), then set HF_TOKEN to a token of that account"
    case .forbidden(let id, let message):
      "\(id): the hub refuses access\(message.isEmpty ? "" : " (\(message))"); use a token with the right to read it"
    case .noModel(let id, let endpoint): "\(id): \(endpoint) has no such model; check the spelling"
    case .noRevision(let id, let revision, let page):
      "\(id) has no revision '\(revision)'; its branches, tags and commits are listed at \(page)"
    case .noFile(let id, let file, let commit): "\(id) has no file '\(file)' at commit \(commit)"
    case .tooManyRequests(let id, let seconds):
      "\(id): the hub takes no more requests for now; try again in "
        + "\(seconds.map { "\($0) seconds" } ?? "some minutes"), or set HF_TOKEN, which raises the limit"
    case .server(let address, let status, let message):
      "\(address) answered with status \(status)\(message.isEmpty ? "" : " (\(message))"); "
        + (status >= 500 ? "the fault is the server's, try again later" : "this request can't succeed")
    case .notAHub(let address, let reason):
      "\(address) does not answer as a hub does: \(reason); check HF_ENDPOINT and proxies"
    case .hostileName(let id, let name):
      "\(id) holds a file named '\(name)', which could lead outside of the cache; nothing of it was downloaded"
    case .corrupted(let id, let file, let reason):
      "\(id): '\(file)' arrived damaged twice (\(reason)) and was thrown away; something between here and the hub "
        + "changes it, or the hub's copy is damaged"
    case .diskFull(let folder, let needed, let free):
      "\(folder) has too little room: \(ByteCount.text(needed)) are needed and \(ByteCount.text(free)) are free; make "
        + "room, or set HF_HOME to a folder on a larger disk; what was downloaded is kept"
    case .noWeights(let id, let reason):
      "\(id) has no weights that can be read: \(reason); model.safetensors or pytorch_model.bin, whole or in shards "
        + "with an index, is expected"
    }
  }

  /// Whether a mistyped folder could be behind it.
  var mayBeMistyped: Bool {
    switch self {
    case .offline, .unreachable, .unknownOrPrivate, .noModel: true
    default: false
    }
  }

  /// Whether a complete copy in the cache may be used instead: the hub could not be asked, or does not let us in.
  var permitsCachedCopy: Bool {
    switch self {
    case .unreachable, .tooManyRequests, .tokenRefused, .unknownOrPrivate, .gated, .forbidden, .notAHub: true
    case .server(_, let status, _): status >= 500
    default: false
    }
  }
}
