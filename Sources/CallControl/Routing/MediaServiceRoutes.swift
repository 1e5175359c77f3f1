import SIP

/// What answers the services of RFC 4240: scenarios, as with numbers.
package struct MediaServiceRoutes: Sendable {
    /// Handed the inputs `announcementInputs`; nil refuses announcements.
    package var announcement: String?
    /// Handed the input `room`; nil refuses conferences.
    package var conference: String?
    package var places: AnnouncementPlaces

    /// The shipped scenario that a caller enters a room by.
    package static let usualConference = "conference-enter"

    package init(announcement: String? = "announcement", conference: String? = Self.usualConference, places: AnnouncementPlaces) {
        self.announcement = announcement
        self.conference = conference
        self.places = places
    }

    /// `clip` or `file` is empty; `repeat` is 0 for ever; `delay` and `duration` are durations (`0ms`: none); `locale` may be empty.
    package static let announcementInputs: Set = ["clip", "file", "repeat", "delay", "duration", "locale"]
    package static let conferenceInputs: Set = ["room"]

    /// The route of a URI that is named by a service.
    func match(_ uri: SIPURI) throws(MediaService.Refusal) -> RoutingTable.Match {
        switch try MediaService(uri) {
        case .conference(let room):
            guard let conference else { throw MediaService.Refusal(.notAcceptableHere, "Conferences by name are not available") }
            return Self.match(MediaService.conferencePrefix + room, conference, ["room": room])
        case .announcement(let request):
            guard let announcement else { throw MediaService.Refusal(.notAcceptableHere, "Announcements are not available") }
            var inputs = [
                "clip": "", "file": "", "repeat": "\(request.repeats ?? 0)", "delay": "\(request.delay)ms",
                "duration": "\(request.duration ?? 0)ms", "locale": Self.language(request.locale),
            ]
            switch try places.sound(request.play) {
            case .clip(let name): inputs["clip"] = name
            case .file(let path): inputs["file"] = path
            }
            return Self.match(MediaService.announcementUser, announcement, inputs)
        }
    }

    /// Prompts are kept by language alone: `de` of `de-AT`.
    private static func language(_ locale: String?) -> String {
        locale.map { String($0.prefix { $0 != "-" && $0 != "_" }) } ?? ""
    }

    private static func match(_ user: String, _ scenario: String, _ inputs: [String: String]) -> RoutingTable.Match {
        RoutingTable.Match(route: Route(pattern: DialPattern(itself: user), scenario: scenario, inputs: inputs), inputs: inputs, parts: [:])
    }
}
