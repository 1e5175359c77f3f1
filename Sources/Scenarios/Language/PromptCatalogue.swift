/// What the checker must know of the prompts on disk.
package protocol PromptCatalogue {
    func contains(clip: String, locale: String) -> Bool
    func containsMusic(_ musicClass: String) -> Bool
}

/// Takes every clip and class as present: for checking a scenario without its prompts.
package struct AnyPrompts: PromptCatalogue, Sendable {
    package init() {}
    package func contains(clip: String, locale: String) -> Bool { true }
    package func containsMusic(_ musicClass: String) -> Bool { true }
}
