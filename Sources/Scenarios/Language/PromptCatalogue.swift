/// What the checker must know of the prompts on disk.
package protocol PromptCatalogue {
    func contains(clip: String, locale: String) -> Bool
    func containsMusic(_ musicClass: String) -> Bool
    /// Whether texts can be spoken that nobody has recorded (`speak`).
    var speaks: Bool { get }
    /// The clips that a kind of `say` (in the word of the language) may need in a locale and that are not there; not empty either
    /// where nobody knows how to say it in that language.
    func missingClips(saying kind: String, locale: String) -> [String]
}

extension PromptCatalogue {
    package var speaks: Bool { false }
    package func missingClips(saying kind: String, locale: String) -> [String] { [] }
}

/// Takes every clip and class as present: for checking a scenario without its prompts.
package struct AnyPrompts: PromptCatalogue, Sendable {
    package init() {}
    package var speaks: Bool { true }
    package func contains(clip: String, locale: String) -> Bool { true }
    package func containsMusic(_ musicClass: String) -> Bool { true }
}
