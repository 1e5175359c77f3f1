/// Which files are prompts, and what a file's place says about its sound: `en/digits/0.wav` is the clip `digits/0` of the locale `en`,
/// `music/waltz.mp3` the music class `waltz`.
struct PromptFileName: Equatable {
    /// What libsndfile reads, by the ends of names, in either case.
    static let formats: Set<String> = ["wav", "flac", "ogg", "opus", "oga", "mp3", "aiff", "au"]

    /// The locale, or `music`.
    var folder: String
    var clip: String

    /// Nil for what stands in no folder or has another format's name.
    init?(path: String) {
        guard Self.isSound(path), let dot = path.lastIndex(of: "."), let slash = path.firstIndex(of: "/"), slash < dot else { return nil }
        folder = String(path[..<slash])
        clip = String(path[path.index(after: slash)..<dot])
        guard !folder.isEmpty, !clip.isEmpty else { return nil }
    }

    static func isSound(_ name: String) -> Bool {
        guard let dot = name.lastIndex(of: ".") else { return false }
        return formats.contains(name[name.index(after: dot)...].lowercased())
    }
}
