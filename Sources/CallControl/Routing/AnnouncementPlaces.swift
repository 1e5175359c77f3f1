/// Where announcements may come from. Whoever can call can write a `play` parameter, so nothing is played that is not below these.
package struct AnnouncementPlaces: Sendable {
    /// What is to be played, found and allowed.
    package enum Sound: Hashable, Sendable {
        /// A prompt of the library.
        case clip(String)
        /// A path in one of `folders`.
        case file(String)
    }

    /// Absolute paths, without a slash at the end, with links resolved.
    package var folders: [String]
    /// Beginnings of http and https URLs that may be played once fetching exists: `https://media.example/announcements/`.
    package var urls: [String]
    private let clipExists: @Sendable (String) -> Bool
    private let fileExists: @Sendable (String) -> Bool

    /// `fileExists` is asked for paths below `folders` only; it must say no to a link that leads out of them.
    package init(
        folders: [String] = [], urls: [String] = [], clipExists: @escaping @Sendable (String) -> Bool,
        fileExists: @escaping @Sendable (String) -> Bool = { _ in false }
    ) {
        self.folders = folders.map { $0.count > 1 && $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        self.urls = urls
        self.clipExists = clipExists
        self.fileExists = fileExists
    }

    /// Nothing at all.
    package static let none = AnnouncementPlaces(clipExists: { _ in false })

    /// What `play` names (RFC 4240 §3): `prompt:NAME`, a bare name of a prompt or of a file in a listed folder, or a `file:` URL.
    package func sound(_ play: String) throws(MediaService.Refusal) -> Sound {
        guard let colon = play.firstIndex(of: ":"), play[..<colon].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) else {
            return try named(play)
        }
        let rest = String(play[play.index(after: colon)...])
        switch play[..<colon].lowercased() {
        case "prompt":
            guard Self.isName(rest), clipExists(rest) else { throw MediaService.Refusal(.notFound, "there is no such prompt") }
            return .clip(rest)
        case "file": return try file(rest)
        case "http", "https":
            guard urls.contains(where: { play.hasPrefix($0) }) else { throw MediaService.Refusal(.forbidden, "this URL is not listed") }
            throw MediaService.Refusal(.notAcceptableHere, "Sound is not fetched by HTTP yet")
        default: throw MediaService.Refusal(.notAcceptableHere, "Sound comes from prompts and files only")
        }
    }

    private func named(_ name: String) throws(MediaService.Refusal) -> Sound {
        guard Self.isName(name) else { throw MediaService.Refusal(.notFound, "there is no such prompt") }
        if clipExists(name) { return .clip(name) }
        if name.hasSuffix(".wav"), clipExists(String(name.dropLast(4))) { return .clip(String(name.dropLast(4))) }
        for folder in folders where fileExists(folder + "/" + name) { return .file(folder + "/" + name) }
        throw MediaService.Refusal(.notFound, "there is no such prompt")
    }

    /// `///path` or `//localhost/path` or `/path` (RFC 8089 §2).
    private func file(_ rest: String) throws(MediaService.Refusal) -> Sound {
        var path = rest
        if rest.hasPrefix("//") {
            let authority = rest.dropFirst(2).prefix { $0 != "/" }
            // Another machine's file is not ours to open.
            guard authority.isEmpty || authority.lowercased() == "localhost" else {
                throw MediaService.Refusal(.forbidden, "files of other machines are not played")
            }
            path = String(rest.dropFirst(2 + authority.count))
        }
        // What is looked up must be what was checked: all escapes are undone first.
        guard let plain = AnnouncementRequest.unescaped(path), plain.hasPrefix("/") else {
            throw MediaService.Refusal(.badRequest, "the file URL cannot be read")
        }
        let parts = plain.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }), folders.contains(where: { plain.hasPrefix($0 + "/") })
        else {
            throw MediaService.Refusal(.forbidden, "this folder is not listed")
        }
        guard fileExists(plain) else { throw MediaService.Refusal(.notFound, "there is no such file") }
        return .file(plain)
    }

    /// As a clip is named in a scenario: never a way out of the folder.
    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 200 && !name.hasPrefix("/") && !name.contains("..")
            && name.allSatisfy { $0.isLetter || $0.isNumber || "-_/.".contains($0) }
    }
}
