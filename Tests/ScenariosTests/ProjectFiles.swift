import Foundation

/// The project's own files, found from this source file.
enum ProjectFiles {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    static func scenarios() throws -> [(path: String, text: String)] {
        try FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent("scenarios").path).sorted().filter {
            $0.hasSuffix(".yaml")
        }
        .map { ("scenarios/\($0)", try text("scenarios/\($0)")) }
    }

    /// A table or a calendar of a scenario.
    static func beside(_ path: String) -> String? { try? text(path) }

    /// The names of the clips for which there is a wording.
    static func wordedClips(_ locale: String = "en") throws -> Set<String> {
        let lines = try text("prompts/\(locale)/texts.yaml").split(separator: "\n").filter { !$0.hasPrefix("#") }
        return Set(lines.compactMap { $0.split(separator: ":").first.map(String.init) })
    }
}
