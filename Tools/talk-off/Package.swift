// swift-tools-version: 6.3
import PackageDescription

// The detector by a symbolic link: `package` access ends at a package, and what is only measured needs no place in the server's.
let package = Package(
    name: "antiphon",
    platforms: [.macOS(.v15)],
    targets: [
        .target(name: "Audio"),
        .executableTarget(name: "keys", dependencies: ["Audio"]),
    ]
)
