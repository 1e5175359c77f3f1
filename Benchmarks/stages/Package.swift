// swift-tools-version: 6.3
import PackageDescription

// The media plane and what it stands on by symbolic links: `package` access ends at a package.
let package = Package(
    name: "antiphon",
    platforms: [.macOS(.v15)],
    targets: [
        .target(name: "Timing"),
        .target(name: "Threads"),
        .target(name: "Audio"),
        .systemLibrary(name: "COpus", pkgConfig: "opus"),
        .systemLibrary(name: "CSpandsp", pkgConfig: "spandsp"),
        .target(name: "Codecs", dependencies: ["COpus", "CSpandsp"]),
        .target(name: "RTP", dependencies: ["Timing"]),
        .systemLibrary(name: "CSRTP", pkgConfig: "libsrtp2"),
        .target(name: "SRTP", dependencies: ["CSRTP"]),
        .systemLibrary(name: "CSndfile", pkgConfig: "sndfile"),
        .systemLibrary(name: "CSoxr", pkgConfig: "soxr"),
        .systemLibrary(name: "CEbur128", pkgConfig: "libebur128"),
        .systemLibrary(name: "CSonic"),
        .target(name: "AudioFiles", dependencies: ["CEbur128", "CSndfile", "CSonic", "CSoxr", "Threads"]),
        .target(name: "CMediaSockets"),
        .systemLibrary(name: "CSpeexDSP", pkgConfig: "speexdsp"),
        .target(
            name: "MediaPlane",
            dependencies: ["CMediaSockets", "CSpeexDSP", "SRTP", "RTP", "Audio", "Codecs", "AudioFiles", "Threads", "Timing"],
            swiftSettings: [.unsafeFlags(["-enforce-exclusivity=unchecked"])]),
        .target(name: "CAllocationCount"),
        .executableTarget(name: "stages", dependencies: ["CAllocationCount", "MediaPlane", "SRTP", "RTP", "Audio", "Codecs"]),
    ]
)
