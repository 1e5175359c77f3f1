// swift-tools-version: 6.3
import PackageDescription

// A target imports only what stands below it; LayeringTests reads this table and the sources and holds both to it.
let package = Package(
    name: "antiphon",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "antiphon", targets: ["antiphon"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // Foundations: the standard library, and the codecs' own.
        .target(name: "Timing"),
        .target(name: "Threads"),
        .target(name: "SIP"),
        .target(name: "SDP"),
        .target(name: "Tracing"),
        .systemLibrary(name: "COpus", pkgConfig: "opus", providers: [.apt(["libopus-dev"])]),
        .systemLibrary(name: "CSpandsp", pkgConfig: "spandsp", providers: [.apt(["libspandsp-dev"])]),
        .target(name: "Codecs", dependencies: ["COpus", "CSpandsp"]),
        .target(name: "Audio"),
        .target(name: "RTP", dependencies: ["Timing"]),

        // Signalling: pure machines.
        .target(name: "SIPTransactions", dependencies: ["SIP", "Timing"]),
        .target(name: "SIPDialogs", dependencies: ["SIP", "SIPTransactions", "Timing"]),
        .systemLibrary(name: "CCares", pkgConfig: "libcares", providers: [.apt(["libc-ares-dev"])]),
        .target(name: "SIPResolution", dependencies: ["CCares", "SIP", "Threads", "Timing"]),
        .target(name: "SIPEvents", dependencies: ["SIP", "SIPDialogs", "Timing"]),
        .target(name: "SIPRegistration", dependencies: ["SIP", "SIPDialogs", "Timing"]),
        .target(
            name: "SIPAuthentication",
            dependencies: [
                "SIP", "SIPDialogs", "Timing", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ]),

        // Sound on disk and on the wire.
        .systemLibrary(name: "CSndfile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
        .systemLibrary(name: "CSoxr", pkgConfig: "soxr", providers: [.apt(["libsoxr-dev"])]),
        .systemLibrary(name: "CEbur128", pkgConfig: "libebur128", providers: [.apt(["libebur128-dev"])]),
        .systemLibrary(name: "CSonic", providers: [.apt(["libsonic-dev"])]),
        .target(name: "AudioFiles", dependencies: ["CEbur128", "CSndfile", "CSonic", "CSoxr", "Threads"]),
        .systemLibrary(name: "CSRTP", pkgConfig: "libsrtp2", providers: [.apt(["libsrtp2-dev"])]),
        .target(name: "SRTP", dependencies: ["CSRTP"]),
        .target(name: "CMediaSockets"),
        .systemLibrary(name: "CSpeexDSP", pkgConfig: "speexdsp", providers: [.apt(["libspeexdsp-dev"])]),
        .target(
            name: "MediaPlane",
            dependencies: ["CMediaSockets", "CSpeexDSP", "SRTP", "RTP", "Audio", "Codecs", "AudioFiles", "Threads", "Timing"],
            // A media thread's state is its own: checking each access at run time costs 2-3 % and can find nothing that the
            // thread sanitizer does not.
            swiftSettings: [.unsafeFlags(["-enforce-exclusivity=unchecked"])]),
        .target(name: "Capture"),
        .target(name: "Replay", dependencies: ["Capture", "MediaPlane", "SDP", "RTP", "AudioFiles", "Codecs", "Timing"]),
        .target(name: "CChildProcess"),
        .target(name: "KeptFiles"),
        .target(
            name: "Speech",
            dependencies: ["CChildProcess", "AudioFiles", "KeptFiles", "Threads", .product(name: "Crypto", package: "swift-crypto")]),
        .target(name: "WebAddresses"),
        .target(
            name: "Fetching",
            dependencies: [
                "KeptFiles", "WebAddresses",
                // It brings a module that has the name of one of ours.
                .product(name: "AsyncHTTPClient", package: "async-http-client", moduleAliases: ["Tracing": "DistributedTracing"]),
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        .target(name: "Prompts", dependencies: ["AudioFiles", "Audio", "Codecs", "Speech"]),

        // What callers keep and guard.
        .target(
            name: "Credentials",
            dependencies: [.product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto")]),
        .target(name: "Voicemail", dependencies: ["Credentials", "AudioFiles", .product(name: "GRDB", package: "GRDB.swift")]),
        .target(name: "Conferencing", dependencies: ["Credentials", "Timing"]),

        // What callers meet.
        .target(name: "Findings", dependencies: ["Yams"]),
        .target(name: "Scenarios", dependencies: ["Findings", "Timing", "WebAddresses"]),
        .target(
            name: "CallControl",
            dependencies: [
                "SIP", "SIPDialogs", "SIPEvents", "SIPRegistration", "SIPAuthentication", "SDP", "MediaPlane", "SRTP", "RTP", "Codecs",
                "Audio",
                "AudioFiles", "Scenarios", "Prompts", "Voicemail", "Conferencing", "Credentials", "Findings", "Tracing", "Timing",
                .product(name: "Logging", package: "swift-log"), .product(name: "Metrics", package: "swift-metrics"),
            ],
            // A switchboard stays on one event loop. The tests are built with the checks, at 1 % of a call's set-up.
            swiftSettings: [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]),
        .target(
            name: "SIPTransport",
            dependencies: [
                "SIP", "Timing", .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "Server",
            dependencies: [
                "CallControl", "SIPTransport", "SIP", "SIPDialogs", "SIPAuthentication", "SIPRegistration", "SIPEvents", "SIPResolution",
                "SDP", "SRTP", "MediaPlane", "Codecs", "Scenarios",
                "Prompts", "Voicemail", "Conferencing", "Credentials", "Audio", "AudioFiles", "Speech", "Fetching", "WebAddresses",
                "Findings",
                "Threads", "Tracing", "Timing",
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Logging", package: "swift-log"), .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .target(
            name: "Telephone",
            dependencies: [
                "CallControl", "SIPTransport", "SIP", "SIPDialogs", "SDP", "MediaPlane", "AudioFiles", "Audio", "Codecs", "Timing",
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .target(name: "CAllocator", linkerSettings: [.linkedLibrary("jemalloc", .when(platforms: [.linux]))]),
        .executableTarget(
            name: "antiphon",
            dependencies: [
                "CAllocator", "Server", "Telephone", "Replay", "CallControl", "SIP", "SIPDialogs", "SIPTransport", "SDP", "MediaPlane",
                "AudioFiles",
                "Codecs",
                "Findings", "Tracing", "Timing",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"), .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),

        .testTarget(name: "TimingTests", dependencies: ["Timing"]),
        .testTarget(name: "SIPTests", dependencies: ["SIP"], exclude: ["Vectors"]),
        .testTarget(name: "SIPTransactionsTests", dependencies: ["SIPTransactions", "SIP", "Timing"]),
        .testTarget(name: "SIPDialogsTests", dependencies: ["SIPDialogs", "SIPTransactions", "SIP", "Timing"]),
        .testTarget(
            name: "SIPTransportTests",
            dependencies: [
                "SIPTransport", "SIP", "Timing", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"), .product(name: "Logging", package: "swift-log"),
            ], exclude: ["Certificates"]),
        .testTarget(name: "SIPResolutionTests", dependencies: ["SIPResolution", "SIP", "Threads", "Timing"]),
        .testTarget(name: "SIPEventsTests", dependencies: ["SIPEvents", "SIPDialogs", "SIPTransactions", "SIP", "Timing"]),
        .testTarget(name: "SIPAuthenticationTests", dependencies: ["SIPAuthentication", "SIPDialogs", "SIP", "Timing"]),
        .testTarget(name: "SIPRegistrationTests", dependencies: ["SIPRegistration", "SIPAuthentication", "SIPDialogs", "SIP", "Timing"]),
        .testTarget(name: "TracingTests", dependencies: ["Tracing"]),
        .testTarget(name: "SDPTests", dependencies: ["SDP"]),
        .testTarget(name: "RTPTests", dependencies: ["RTP", "Timing"]),
        .testTarget(name: "SRTPTests", dependencies: ["SRTP"]),
        .testTarget(name: "AudioTests", dependencies: ["Audio"]),
        .testTarget(name: "CodecsTests", dependencies: ["Codecs", "CSpandsp"]),
        .testTarget(name: "AudioFilesTests", dependencies: ["AudioFiles", "CSndfile", "Threads"]),
        .testTarget(
            name: "MediaPlaneTests",
            dependencies: ["MediaPlane", "CMediaSockets", "SRTP", "RTP", "Audio", "Codecs", "AudioFiles", "Timing"]),
        .testTarget(name: "CaptureTests", dependencies: ["Capture"]),
        .testTarget(name: "ReplayTests", dependencies: ["Replay", "Capture", "MediaPlane", "RTP", "AudioFiles", "Codecs", "Timing"]),
        .testTarget(name: "SpeechTests", dependencies: ["Speech", "AudioFiles"]),
        .testTarget(name: "WebAddressesTests", dependencies: ["WebAddresses"]),
        .testTarget(
            name: "FetchingTests",
            dependencies: [
                "Fetching", "WebAddresses", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        .testTarget(name: "PromptsTests", dependencies: ["Prompts", "AudioFiles", "Codecs"]),
        .testTarget(name: "CredentialsTests", dependencies: ["Credentials"]),
        .testTarget(
            name: "VoicemailTests", dependencies: ["Voicemail", "Credentials", "AudioFiles", .product(name: "GRDB", package: "GRDB.swift")]),
        .testTarget(name: "ConferencingTests", dependencies: ["Conferencing", "Timing"]),
        .testTarget(name: "FindingsTests", dependencies: ["Findings"]),
        .testTarget(name: "ScenariosTests", dependencies: ["Scenarios", "Findings", "Prompts", "Timing", "WebAddresses"]),
        .testTarget(
            name: "CallFlowTests",
            dependencies: [
                "CallControl", "SIP", "SIPDialogs", "MediaPlane", "Audio", "AudioFiles", "Codecs", "Scenarios", "Prompts", "Voicemail",
                "Conferencing", "Credentials", "RTP", "SDP", "SRTP", "Timing", "WebAddresses",
                .product(name: "Logging", package: "swift-log"),
            ], exclude: ["Flows"]),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Server", "CallControl", "Conferencing", "Voicemail", "Credentials", "Findings",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(name: "LayeringTests"),
    ]
)
