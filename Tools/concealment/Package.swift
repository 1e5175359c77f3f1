// swift-tools-version: 6.3
import PackageDescription

// Beside the main package, so that a measuring program is not part of the product. `Audio` is a link to the product's.
let package = Package(
    name: "antiphon",
    platforms: [.macOS(.v15)],
    targets: [.target(name: "Audio"), .executableTarget(name: "conceal", dependencies: ["Audio"])])
