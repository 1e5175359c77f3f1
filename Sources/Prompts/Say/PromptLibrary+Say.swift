extension PromptLibrary {
    /// The clips that a kind of `say` may need in a locale and that are not here. Where no grammar knows the language or the kind, that
    /// is what is missing.
    package func missingClips(saying kind: String, locale: String) -> [String] {
        guard let grammar = SayGrammar.of(locale: locale), let names = grammar.allClips(saying: kind) else { return ["(its grammar)"] }
        return names.filter { !contains(clip: $0, locale: locale) }.sorted()
    }
}
