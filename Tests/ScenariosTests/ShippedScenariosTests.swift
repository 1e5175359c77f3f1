import Findings
import Prompts
import Scenarios
import Testing
import Timing

@Suite struct ShippedScenariosTests {
    /// Takes a clip as present when there is a wording to render it from.
    private struct Wordings: PromptCatalogue {
        let clips: [String: Set<String>]
        func contains(clip: String, locale: String) -> Bool { clips[locale]?.contains(clip) ?? false }
        func containsMusic(_ musicClass: String) -> Bool { musicClass == "default" }
        func missingClips(saying kind: String, locale: String) -> [String] {
            guard let names = SayGrammar.of(locale: locale)?.allClips(saying: kind) else { return ["grammar"] }
            return names.filter { !contains(clip: $0, locale: locale) }
        }
    }

    private func set() throws -> ScenarioSet {
        let (set, findings) = ScenarioSet.load(
            files: try ProjectFiles.scenarios(),
            prompts: Wordings(clips: ["en": try ProjectFiles.wordedClips("en"), "de": try ProjectFiles.wordedClips("de")]),
            readFile: ProjectFiles.beside)
        #expect(findings.map(\.description) == [])
        return try required(set, "shipped scenarios")
    }

    @Test func allAreClean() throws {
        let names: Set = ["front-door", "echo", "demonstration", "record", "ringing", "early-media", "busy", "music-on-hold"]
        #expect(names.isSubset(of: Set(try set().names)))
    }

    @Test func theirOwnTestsPass() throws {
        let set = try set()
        var count = 0
        for name in set.names {
            let scenario = try required(set[name], name)
            for test in scenario.tests {
                #expect(test.run(scenario, in: set).map(\.description) == [])
                count += 1
            }
        }
        #expect(count >= 5)
    }

    @Test func everySaidPieceHasAWording() throws {
        for locale in ["en", "de"] {
            let clips = try ProjectFiles.wordedClips(locale)
            let grammar = try required(SayGrammar.of(locale: locale), locale)
            for kind in SayKind.allCases {
                let missing = try required(grammar.allClips(saying: kind.rawValue), kind.rawValue).subtracting(clips)
                #expect(missing.isEmpty, "\(locale) \(kind): \(missing.sorted())")
            }
        }
    }

    @Test func frontDoorMenu() throws {
        var call = try Rehearsal(try set(), "front-door", caller: "bob2")
        call.wait(.seconds(2))
        call.press("1")
        call.wait(.seconds(2))
        #expect(call.heard.contains(.clip("spoken-answer")))
        call.press("2")
        call.wait(.seconds(5))
        #expect(call.log.contains { if case .music = $0 { true } else { false } })
        call.press("7")
        #expect(call.path.last == "main")
        call.press("9")
        call.wait(.seconds(1))
        #expect(call.heard.contains(.say(.spell, "bob2")))
        call.wait(.seconds(60))
        #expect(call.path.last == "goodbye")
        #expect(call.run.isFinished)
        #expect(call.log.last == .hangUp(cause: nil))
    }

    @Test func frontDoorRecordsAndPlaysBack() throws {
        var call = try Rehearsal(try set(), "front-door")
        call.wait(.seconds(2))
        call.press("3")
        call.wait(.seconds(2))
        #expect(call.recording?.max == .seconds(30))
        call.press("5#")
        guard case .file(let path)? = call.heard.last else { throw Missing(what: "playback of the recording") }
        #expect(path.hasPrefix("/recordings/"))
        call.wait(.seconds(4))
        #expect(call.path.last == "main")
    }

    @Test func frontDoorSaysWhatWasWrong() throws {
        var call = try Rehearsal(try set(), "front-door")
        call.wait(.seconds(2))
        call.press("8")
        call.wait(.seconds(1))
        #expect(call.heard.contains(.clip("invalid-key")))
        call.wait(.seconds(9))
        #expect(call.heard.contains(.clip("no-input")))
        #expect(call.heard.contains(.clip("main-menu-short")))
        call.wait(.seconds(60))
        #expect(call.run.isFinished)
    }

    @Test func theOthersDoWhatTheirNumbersSay() throws {
        let set = try set()
        #expect(try Rehearsal(set, "busy").log == [.entered(state: "start", scenario: "busy"), .reject(status: 486, reason: "Busy Here")])

        let echo = try Rehearsal(set, "echo")
        #expect(echo.log.suffix(2) == [.answer(), .echo(true)])
        #expect(echo.run.nextDeadline == nil)

        var once = try Rehearsal(set, "demonstration")
        once.wait(.seconds(2))
        #expect(once.log.last == .hangUp(cause: nil))

        let loop = try Rehearsal(set, "demonstration", inputs: ["loop": .bool(true)])
        guard case .play(let playback)? = loop.log.last else { throw Missing(what: "playback") }
        #expect(playback.repeatCount == nil)
        #expect(playback.items == [.clip("demonstration")])

        var ringing = try Rehearsal(set, "ringing")
        ringing.wait(.seconds(179))
        #expect(ringing.log.last == .ring())
        ringing.wait(.seconds(1))
        #expect(ringing.log.last == .reject(status: 480, reason: nil))

        var early = try Rehearsal(set, "early-media")
        #expect(early.log.contains(.earlyMedia()))
        early.wait(.seconds(120))
        #expect(early.log.last == .reject(status: 480, reason: nil))
        #expect(!early.log.contains(.answer()))

        let music = try Rehearsal(set, "music-on-hold")
        #expect(music.log.contains { if case .music(_, "default") = $0 { true } else { false } })
    }

    @Test func hangingUpWhileRecordingKeepsWhatWasSaid() throws {
        var call = try Rehearsal(try set(), "record")
        call.wait(.seconds(3))
        #expect(call.recording?.max == .seconds(60))
        call.send(.hungUp)
        #expect(call.run.isFinished)
        #expect(call.log.last == .log("recorded 5s to /recordings/recording-1.wav"))
    }
}
