import CallControl
import Codecs
import Foundation
import Prompts
import Scenarios

/// What the project ships, read once for all tests.
enum Shipped {
    static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
    static let root = URL(fileURLWithPath: here).deletingLastPathComponent().deletingLastPathComponent().path
    static let prompts = PromptLibrary.read(folder: root + "/prompts").library

    static let scenarios: ScenarioSet? = {
        let files = FolderListing.files(under: root + "/scenarios", ending: ".yaml").compactMap { name in
            (try? String(contentsOfFile: root + "/scenarios/" + name, encoding: .utf8)).map { (path: "scenarios/" + name, text: $0) }
        }
        return ScenarioSet.load(
            files: files, prompts: AnyPrompts(), readFile: { try? String(contentsOfFile: root + "/" + $0, encoding: .utf8) }
        ).set
    }()

    /// Numbers of the tests' own; the menu is at 100, with which the flows began.
    static let routes: [Route] = {
        let table: [(String, String, [String: String])] = [
            ("100", "front-door", [:]), ("600", "echo", [:]), ("601", "demonstration", [:]), ("602", "demonstration", ["loop": "true"]),
            ("603", "record", [:]), ("604", "ringing", [:]), ("605", "early-media", [:]), ("606", "busy", [:]),
            ("moh", "music-on-hold", [:]),
        ]
        return table.compactMap { number, scenario, inputs in
            (try? DialPattern(number)).map { Route(pattern: $0, scenario: scenario, inputs: inputs) }
        }
    }()

    /// The name of a clip or music class by where its encoded bytes lie: the cache hands out the same object to everyone.
    static let clipNames: [UInt: String] = {
        var names: [UInt: String] = [:]
        for form in [SoundForm.pcmu, .pcma] {
            for path in FolderListing.files(under: root + "/prompts/en", ending: ".wav") {
                let name = String(path.dropLast(4))
                if let clip = prompts.clip(name, locale: "en", form: form) { names[UInt(bitPattern: clip.bytes)] = name }
            }
            for name in prompts.musicClasses {
                if let music = prompts.music(name, form: form) { names[UInt(bitPattern: music.bytes)] = "music/" + name }
            }
        }
        return names
    }()
}
