import Foundation
import Testing

/// A target imports only what stands below it. The order here is the house's own; what a target may import is what stands in an
/// earlier line and is declared in Package.swift (which the build checks: `--explicit-target-dependency-import-check error`).
@Suite struct LayeringTests {
    private static let floors: [[String]] = [
        [
            "Timing", "Threads", "Tracing", "SIP", "SDP", "Audio", "CSndfile", "CSoxr", "CEbur128", "CSonic", "COpus", "CSpandsp",
            "CSpeexDSP",
            "CSRTP",
            "CMediaSockets", "CAllocator", "CCares", "CChildProcess", "Findings",
            "Credentials", "Capture", "KeptFiles", "WebAddresses",
        ],
        ["Codecs", "RTP", "SRTP", "SIPTransactions", "SIPResolution", "AudioFiles", "Scenarios", "Conferencing", "Fetching"],
        ["SIPDialogs", "MediaPlane", "Speech", "Voicemail"],
        ["SIPEvents", "SIPRegistration", "SIPAuthentication", "Prompts", "Replay"],
        ["CallControl", "SIPTransport"],
        ["Server", "Telephone"],
        ["antiphon"],
    ]
    /// Targets that must do without anything but the language: they are machines, not programs.
    private static let pure: [String: Set<String>] = [
        "SIP": [], "SDP": [], "Codecs": ["COpus", "CSpandsp"], "RTP": ["Timing"], "Capture": ["Glibc"],
        "SIPTransactions": ["SIP", "Timing"],
        "SIPDialogs": ["SIP", "SIPTransactions", "Timing"], "SIPEvents": ["SIP", "SIPDialogs", "Timing"],
        "SIPRegistration": ["SIP", "SIPDialogs", "Timing"], "Tracing": [], "WebAddresses": [],  // Foundation has the zones of the world.
        "Scenarios": ["Findings", "Timing", "Foundation", "WebAddresses"],
    ]

    private let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Sources")

    private func imports(of target: String) throws -> [(file: String, module: String)] {
        let folder = sources.appendingPathComponent(target)
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        return try files.filter { $0.pathExtension == "swift" }.flatMap { file in
            try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ")
                guard let index = words.firstIndex(of: "import"), index <= 1, index + 1 < words.count, !line.hasPrefix("//") else {
                    return nil
                }
                return (file.lastPathComponent, String(words[index + 1]))
            }
        }
    }

    @Test func everyTargetHasItsFloor() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: sources.path).filter { !$0.hasPrefix(".") }
        #expect(Set(folders) == Set(Self.floors.flatMap { $0 }))
    }

    @Test func nothingIsImportedFromAboveOrBeside() throws {
        for (height, floor) in Self.floors.enumerated() {
            let below = Set(Self.floors[..<height].flatMap { $0 })
            let ours = Set(Self.floors.flatMap { $0 })
            for target in floor {
                for (file, module) in try imports(of: target) where ours.contains(module) {
                    #expect(below.contains(module), "\(target)/\(file) imports \(module)")
                }
            }
        }
    }

    @Test func protocolCodeImportsNothingThatReadsClocksOrFiles() throws {
        for (target, allowed) in Self.pure {
            for (file, module) in try imports(of: target) {
                #expect(allowed.contains(module), "\(target)/\(file) imports \(module)")
            }
        }
    }

    @Test func noTargetBearsTheNameOfAType() throws {
        let targets = Set(Self.floors.flatMap { $0 })
        for target in targets where target != "antiphon" {
            let folder = sources.appendingPathComponent(target)
            let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
            for file in files where file.pathExtension == "swift" {
                let text = try String(contentsOf: file, encoding: .utf8)
                for kind in ["struct", "class", "enum", "actor", "protocol"] {
                    #expect(!text.contains(" \(kind) \(target) ") && !text.contains(" \(kind) \(target):"), "\(file.lastPathComponent)")
                }
            }
        }
    }
}
