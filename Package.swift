// swift-tools-version: 6.2
import PackageDescription

// LibTorch stands behind this link, which `make setup` makes; executables and tests find its libraries there when
// they run. Library targets get their flags from pkg-config alone, so that the package stays usable as a dependency.
let libTorch = Context.packageDirectory + "/.deps/libtorch/lib"
let runPath: [LinkerSetting] = [.unsafeFlags(["-Xlinker", "-rpath", "-Xlinker", libTorch])]

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

let csv = Target.Dependency.product(name: "SwiftCSV", package: "SwiftCSV")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yaml = Target.Dependency.product(name: "Yams", package: "Yams")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let nio = ["NIOCore", "NIOHTTP1", "NIOPosix"].map { Target.Dependency.product(name: $0, package: "swift-nio") }
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let server: [Target.Dependency] =
  ["Hummingbird", "HummingbirdCore", "HummingbirdTLS"].map { .product(name: $0, package: "hummingbird") } + nio + [
    .product(name: "NIOWebSocket", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
    .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
    .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
    .product(name: "UnixSignals", package: "swift-service-lifecycle"),
  ]
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

func part(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
  .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies, resources: resources,
    swiftSettings: strict, linkerSettings: runPath)
}

let package = Package(
  name: "affect",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Affect", targets: ["Recognition", "Workflows"]),
    .executable(name: "affect", targets: ["affect"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swiftcsv/SwiftCSV", from: "0.10.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
  ],
  targets: [
    // Layer 0: the C libraries.
    .systemLibrary(
      name: "CLibTorch", pkgConfig: "affect-libtorch", providers: []),
    .systemLibrary(
      name: "CFFmpeg", pkgConfig: "libavformat",
      providers: [
        .apt(["libavformat-dev", "libavcodec-dev", "libavutil-dev", "libswresample-dev"]), .brew(["ffmpeg"]),
      ]
    ),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .target(
      name: "CTorch", dependencies: ["CLibTorch"], cxxSettings: [.headerSearchPath("Declarations")]),
    part("Basics"),
    // Layer 1
    part("Tensors", ["CTorch", "Basics"]),
    part("Audio", ["CFFmpeg", "Basics"]),
    part("Tokenizers"),
    part("Hub", ["Basics", crypto, httpClient] + nio),
    part("Emotion"),
    // Layer 2
    part("NN", ["Tensors"]),
    part("Corpora", ["Emotion", "Basics", yaml], resources: [.copy("LabelMaps")]),
    part("Evaluation", ["Emotion", "Basics", mustache]),
    // Layer 3
    part("Encoders", ["NN", "Tensors", "Audio", "Tokenizers", "Basics", "CZlib"]),
    part("FeatureStore", ["Tensors", "Basics", crypto, grdb]),
    part("Fusion", ["NN", "Tensors"]),
    part("Ensemble", ["NN", "Tensors", "Evaluation", "Emotion", "Basics", crypto, csv]),
    // Layer 4
    part("Training", ["NN", "Tensors", "Emotion", "Evaluation", "Basics"]),
    part(
      "Recognition",
      ["Encoders", "Fusion", "Ensemble", "NN", "Audio", "Tokenizers", "Evaluation", "Emotion", "Tensors", "Basics"],
      resources: [.copy("Resources/standard")]),
    // Layer 5
    part(
      "Workflows",
      [
        "Recognition", "Training", "Encoders", "FeatureStore", "Fusion", "Ensemble", "Corpora", "Evaluation", "Emotion",
        "Audio", "NN", "Tokenizers", "Hub", "Tensors", "Basics", yaml, crypto,
      ], resources: [.copy("Resources/recipes"), .copy("Resources/benchmarks")]),
    part(
      "Serving", ["Recognition", "Emotion", "Audio", "Basics", crypto, grdb, logging, metrics] + server,
      resources: [.copy("Resources/page"), .copy("Resources/openapi.json")]),
    // Layer 6
    .executableTarget(
      name: "affect", dependencies: ["Workflows", "Serving", "Recognition", "Hub", arguments], swiftSettings: strict,
      linkerSettings: runPath),

    .target(
      name: "TestSupport", path: "Tests/TestSupport", exclude: ["hub_server.py", "devtools.py", "serving.py"],
      swiftSettings: strict),
    tests("Basics", []),
    tests("Tensors", ["Basics"]),
    tests("Audio", ["Basics"]),
    tests("Tokenizers", []),
    tests("Hub", ["Basics"]),
    tests("Emotion", []),
    tests("NN", ["Tensors"]),
    tests("Corpora", ["Emotion"]),
    tests("Evaluation", ["Emotion", "Basics"], resources: [.copy("browser.py")]),
    tests("Encoders", ["Audio", "Tokenizers", "NN", "Tensors", "Basics"], resources: [.copy("FACodec")]),
    tests("FeatureStore", ["Tensors", "Basics", grdb]),
    tests("Fusion", ["NN", "Tensors"]),
    tests("Ensemble", ["NN", "Tensors", "Evaluation", "Emotion", "Basics"]),
    tests("Training", ["NN", "Fusion", "Tensors", "Emotion", "Basics"]),
    tests(
      "Recognition",
      ["Tensors", "Fusion", "Ensemble", "NN", "Tokenizers", "Evaluation", "Emotion", "Encoders", "Audio", "Basics"]),
    tests(
      "Workflows",
      [
        "Recognition", "Corpora", "Emotion", "Evaluation", "FeatureStore", "Audio", "Tensors", "Fusion", "NN", "Basics",
        "Training", "Ensemble", "Encoders", "Tokenizers", "Hub",
      ]),
    tests("Serving", ["Recognition", "Emotion", "Audio", "Basics", grdb]),
    // These start the command as a process, which is therefore built for them.
    .testTarget(
      name: "AffectTests", dependencies: ["affect", "Tensors", "Emotion", "Evaluation", "Basics", "TestSupport"],
      exclude: [
        "serve_client.py", "serve_hostile.py", "serve_fuzz.py", "serve_migration.py", "serve_schema.py",
        "page_client.py",
      ],
      swiftSettings: strict,
      linkerSettings: runPath),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
