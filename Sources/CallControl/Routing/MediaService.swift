import SIP

/// A service that a Request-URI names by its user part (RFC 4240 §2).
package enum MediaService: Hashable, Sendable {
    case announcement(AnnouncementRequest)
    /// A conference room by its name (§5).
    case conference(String)

    /// Why a service is not given, as the caller is told.
    package struct Refusal: Error, Hashable, Sendable {
        package var status: StatusCode
        package var why: String

        init(_ status: StatusCode, _ why: String) {
            self.status = status
            self.why = why
        }

        /// `agent` is the name of this server in a Warning (RFC 3261 §20.43), which says what 488 is about.
        package func headers(agent: String) -> [(String, String)] {
            guard status == .notAcceptableHere else { return [] }
            // The reasons are texts of ours, without quotes.
            return [("Warning", "399 \(agent) \"\(why)\"")]
        }
    }

    /// The user parts that name services, in small letters.
    static let announcementUser = "annc"
    static let dialogUser = "dialog"
    static let conferencePrefix = "conf="

    /// Whether the user part is one of a service: all others are numbers.
    package static func isNamed(by uri: SIPURI) -> Bool {
        guard let user = uri.user?.lowercasedASCII else { return false }
        return user == announcementUser || user == dialogUser || user.hasPrefix(conferencePrefix)
    }

    /// Reads a URI that `isNamed` by a service.
    package init(_ uri: SIPURI) throws(Refusal) {
        let user = uri.user ?? ""
        if user.lowercasedASCII == Self.announcementUser {
            self = .announcement(try AnnouncementRequest(uri))
        } else if user.lowercasedASCII.hasPrefix(Self.conferencePrefix) {
            let room = String(user.dropFirst(Self.conferencePrefix.count))
            guard !room.isEmpty else { throw Refusal(.notFound, "conf= names no room") }
            self = .conference(room)
        } else {
            // RFC 4240 §4: prompts and digits by VoiceXML.
            throw Refusal(.notAcceptableHere, "VoiceXML dialogs are not available")
        }
    }
}

/// The parameters of `sip:annc@…` (RFC 4240 §3).
package struct AnnouncementRequest: Hashable, Sendable {
    /// What is to be played, without the escapes of the SIP URI.
    package var play: String
    /// How often in all; nil is for ever.
    package var repeats: Int?
    /// Milliseconds between two rounds.
    package var delay: Int
    /// Milliseconds after which it ends at the latest; nil for no limit.
    package var duration: Int?
    /// In small letters, as written: `en`, `de-at`.
    package var locale: String?
    /// `param1=…` and so on, for announcements with gaps.
    package var parameters: [String: String]

    /// More rounds and longer times than these are cut: they are for ever to anybody who listens.
    static let mostRepeats = 10_000
    static let longestDelay = 3_600_000
    static let longestDuration = 86_400_000

    init(_ uri: SIPURI) throws(MediaService.Refusal) {
        var values: [String: String] = [:]
        for item in uri.parameters.items {
            let name = item.name.lowercasedASCII
            let value = Self.unescaped(item.value ?? "")
            guard let value, values.updateValue(value, forKey: name) == nil else {
                throw MediaService.Refusal(.badRequest, "\(name) is written twice or cannot be read")
            }
        }
        guard let play = values["play"], !play.isEmpty else { throw MediaService.Refusal(.badRequest, "annc has no play parameter") }
        self.play = play
        repeats = values["repeat"]?.lowercasedASCII == "forever" ? nil : try Self.number(values, "repeat", upTo: Self.mostRepeats) ?? 1
        guard repeats != 0 else { throw MediaService.Refusal(.badRequest, "repeat is 0") }
        delay = try Self.number(values, "delay", upTo: Self.longestDelay) ?? 0
        duration = try Self.number(values, "duration", upTo: Self.longestDuration)
        locale = values["locale"]?.lowercasedASCII
        if let locale, !locale.utf8.allSatisfy({ $0.isLocaleByte }) || locale.isEmpty || locale.utf8.count > 35 {
            throw MediaService.Refusal(.badRequest, "locale is no name of a language")
        }
        parameters = values.filter { $0.key.hasPrefix("param") && $0.key.count == 6 && $0.key.last?.isNumber == true }
    }

    /// Digits; more of them than fit are cut to `limit` too.
    private static func number(_ values: [String: String], _ name: String, upTo limit: Int) throws(MediaService.Refusal) -> Int? {
        guard let text = values[name] else { return nil }
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw MediaService.Refusal(.badRequest, "\(name) is no number")
        }
        let digits = text.drop { $0 == "0" }
        return digits.utf8.count > 9 ? limit : min(Int(digits) ?? 0, limit)
    }

    /// Without escapes (RFC 3261 §19.1.2); nil when control characters come out.
    static func unescaped(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let pair = String(decoding: rest.prefix(2), as: UTF8.self)
            guard pair.utf8.count == 2, pair.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                let value = UInt8(pair, radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var isLocaleByte: Bool { (0x61...0x7A).contains(self) || (0x30...0x39).contains(self) || self == 0x2D || self == 0x5F }
}
