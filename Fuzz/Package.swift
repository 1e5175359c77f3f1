// swift-tools-version: 6.3
import PackageDescription

// The libraries of the main package by symbolic links, built with libFuzzer's counters: `package` access ends at a package, and a
// fuzzer, which has no `main` of its own, would break `swift test` there.
let instrumented: [SwiftSetting] = [.unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library"])]
let linked: [LinkerSetting] = [.unsafeFlags(["-sanitize=fuzzer,address"])]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: instrumented)
}

func fuzzer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: ["FuzzDriver"] + dependencies, swiftSettings: instrumented, linkerSettings: linked)
}

let package = Package(
    name: "antiphon",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "https://github.com/apple/swift-crypto", from: "4.5.0")],
    targets: [
        library("Timing"),
        library("SIP"),
        library("SDP"),
        library("SIPTransactions", ["SIP", "Timing"]),
        library("SIPDialogs", ["SIP", "SIPTransactions", "Timing"]),
        library("SIPEvents", ["SIP", "SIPDialogs", "Timing"]),
        library(
            "SIPAuthentication",
            [
                "SIP", "SIPDialogs", "Timing", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ]),
        library("FuzzDriver"),

        fuzzer("message", ["SIP"]),
        fuzzer("uri", ["SIP"]),
        fuzzer("headers", ["SIP"]),
        fuzzer("framing", ["SIP"]),
        fuzzer("sdp", ["SDP"]),
        fuzzer("events", ["SIPDialogs", "SIPTransactions", "SIP", "Timing"]),
        fuzzer("notifier", ["SIPEvents", "SIPDialogs", "SIP", "Timing"]),
        fuzzer("digest", ["SIPAuthentication", "SIPDialogs", "SIP", "Timing"]),
    ]
)
