import SIP
import SIPDialogs
import Timing

/// Whether somebody may watch, and what.
package enum SubscriptionAdmission: Sendable {
    /// The resource's name, and its state where it is known already; if it is not, `update` tells it soon.
    case granted(String, EventState?)
    /// 404 for what does not exist, 403 for what is not his.
    case refused(StatusCode)
}

/// Why a SUBSCRIBE is not accepted.
private struct SubscribeRefusal: Error {
    var status: StatusCode
    var reason: String?
    var headers: [(String, String)] = []

    init(_ code: Int, reason: String? = nil, headers: [(String, String)] = []) {
        status = StatusCode(code) ?? .serverError
        self.reason = reason
        self.headers = headers
    }

    init(_ error: SIPParseError) { self.init(error.status.code, reason: error.status == .badRequest ? error.reason : nil) }
}

extension Notifier {
    /// Answers a SUBSCRIBE and sends the NOTIFY that follows it. `admit` is asked for one that begins a subscription, or asks once.
    package mutating func receive(
        _ handle: RequestHandle, _ request: IncomingRequest, at now: MonotonicTime, through agent: inout UserAgent,
        into outputs: inout [UserAgentOutput], admit: (EventPackage, IncomingRequest) -> SubscriptionAdmission
    ) {
        do throws(SubscribeRefusal) {
            if let usage = request.usage {
                try refresh(usage, handle, request, at: now, through: &agent, into: &outputs)
            } else {
                try begin(handle, request, at: now, through: &agent, into: &outputs, admit: admit)
            }
        } catch {
            agent.respond(to: handle, error.status, reason: error.reason, headers: error.headers, at: now, into: &outputs)
        }
    }

    /// RFC 6665 §4.2.1.4: what a SUBSCRIBE within its dialog changes is the time.
    private mutating func refresh(
        _ id: DialogIdentifier, _ handle: RequestHandle, _ request: IncomingRequest, at now: MonotonicTime,
        through agent: inout UserAgent, into outputs: inout [UserAgentOutput]
    ) throws(SubscribeRefusal) {
        let (package, eventID) = try Self.event(of: request)
        // §4.1.2.2: a subscription is its dialog, its package and its id.
        guard let entry = entries[id], entry.machine.phase == .active, entry.resource.package == package, entry.eventID == eventID else {
            throw SubscribeRefusal(481, reason: "Subscription Does Not Exist")
        }
        var dialog = entry.dialog
        guard dialog.follow(request) else { throw SubscribeRefusal(500, reason: "CSeq out of order") }
        try Self.checkAccept(of: request, package)
        let seconds = try duration(of: request)
        entries[id]?.dialog = dialog
        accept(id, handle, seconds: seconds, at: now, through: &agent, into: &outputs)
    }

    private mutating func begin(
        _ handle: RequestHandle, _ request: IncomingRequest, at now: MonotonicTime, through agent: inout UserAgent,
        into outputs: inout [UserAgentOutput], admit: (EventPackage, IncomingRequest) -> SubscriptionAdmission
    ) throws(SubscribeRefusal) {
        let (package, eventID) = try Self.event(of: request)
        // §4.5.2: the dialog of a call is no place for a subscription.
        guard request.call == nil else { throw SubscribeRefusal(403, reason: "Subscribe outside of the call's dialog") }
        try Self.checkAccept(of: request, package)
        let seconds = try duration(of: request)
        let (name, state) = try Self.admitted(admit(package, request))
        let resource = EventResource(package, name)
        guard entries.count < settings.limit, (topics[resource]?.subscribers.count ?? 0) < settings.limitPerResource else {
            throw SubscribeRefusal(480, reason: "Too many subscriptions", headers: [("Retry-After", "60")])
        }
        let dialog = try Self.dialog(of: request)
        let id = dialog.identifier
        guard entries[id] == nil else { throw SubscribeRefusal(482) }
        entries[id] = Entry(
            machine: NotifierSubscription(interval: package.interval, at: now), dialog: dialog, resource: resource, eventID: eventID)
        if topics[resource] == nil {
            topics[resource] = Topic(state: state)
            notices.append(.watched(resource))
        } else if let state {
            // The newest word on the state is for the others too.
            update(resource, to: state, at: now, through: &agent, into: &outputs)
        }
        topics[resource]?.subscribers.append(id)
        agent.adopt(id)
        accept(id, handle, seconds: seconds, at: now, through: &agent, into: &outputs)
    }

    /// 200 (never 202, RFC 6665 §8.3.1) with the time that is granted, and the NOTIFY (§4.2.1.2).
    private mutating func accept(
        _ id: DialogIdentifier, _ handle: RequestHandle, seconds: UInt32, at now: MonotonicTime, through agent: inout UserAgent,
        into outputs: inout [UserAgentOutput]
    ) {
        agent.respond(to: handle, .ok, headers: [("Expires", String(seconds))], at: now, into: &outputs)
        let isStateKnown = entries[id].flatMap { topics[$0.resource]?.state } != nil
        revision &+= 1
        advance(
            id, .subscribed(.seconds(Int64(seconds)), isStateKnown: isStateKnown), at: now, through: &agent, into: &outputs)
    }

    private static func event(of request: IncomingRequest) throws(SubscribeRefusal) -> (EventPackage, String?) {
        let event: EventHeader?
        do throws(SIPParseError) { event = try request.message.event() } catch { throw SubscribeRefusal(error) }
        // §7.2.1 wants the header; one without it is answered like an unknown package, which tells what there is.
        guard let event, let package = EventPackage(rawValue: event.package) else {
            throw SubscribeRefusal(489, headers: [("Allow-Events", EventPackage.allowEvents)])
        }
        return (package, event.id)
    }

    /// §3.1.3: without Accept the package's own type is meant.
    private static func checkAccept(of request: IncomingRequest, _ package: EventPackage) throws(SubscribeRefusal) {
        guard request.message.has(.accept) else { return }
        let accepted: [String]
        do throws(SIPParseError) { accepted = try request.message.elements(of: .accept) } catch { throw SubscribeRefusal(error) }
        let suits = accepted.contains { element in
            let type = String((element.split(separator: ";").first ?? "").filter { $0 != " " && $0 != "\t" }).lowercasedASCII
            return type == package.contentType || type == "application/*" || type == "*/*"
        }
        guard suits else { throw SubscribeRefusal(406, headers: [("Accept", package.contentType)]) }
    }

    /// The seconds granted: never more than asked for (§4.2.1.1).
    private func duration(of request: IncomingRequest) throws(SubscribeRefusal) -> UInt32 {
        let asked: UInt64?
        do throws(SIPParseError) {
            asked = try request.message.number(of: .expires, upTo: UInt64(UInt32.max))
        } catch { throw SubscribeRefusal(error) }
        guard let asked else { return settings.usualDuration }
        let seconds = min(UInt32(clamping: asked), settings.longestDuration)
        guard seconds == 0 || seconds >= settings.briefestDuration else {
            throw SubscribeRefusal(423, headers: [("Min-Expires", String(settings.briefestDuration))])
        }
        return seconds
    }

    private static func admitted(_ admission: SubscriptionAdmission) throws(SubscribeRefusal) -> (String, EventState?) {
        switch admission {
        case .granted(let name, let state): return (name, state)
        case .refused(let status): throw SubscribeRefusal(status.code)
        }
    }

    private static func dialog(of request: IncomingRequest) throws(SubscribeRefusal) -> Dialog {
        do throws(SIPParseError) { return try Dialog(answering: request) } catch { throw SubscribeRefusal(error) }
    }
}
