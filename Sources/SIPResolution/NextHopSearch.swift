import SIP

/// Finds where a request for a URI goes, by RFC 3263 §4: a machine that says what to look up and is told the answers.
///
///     begin ──literal──────────────────────────────────────────────▶ ended
///       ├──port──────────────────────────────────────▶ addresses ──▶ ended
///       ├──transport──────────▶ services ──no SRV: of the host──▲
///       └──neither──▶ pointers ──▲ (those of NAPTR; without any, one for each transport)
///
/// Answers that nobody waits for are passed over; they may be late or doubled.
package struct NextHopSearch: Sendable {
    package enum Output: Hashable, Sendable {
        case lookUp(Question)
        /// The candidates in the order in which they are to be tried, at least one. The last output.
        case ended(Result<[NextHop], SearchFailure>)
    }

    /// What SRV records are asked for, and the transport that they hold for.
    struct Service: Hashable {
        var transport: TransportKind
        var question: Question
    }

    /// A host whose addresses are wanted.
    struct Destination: Hashable {
        var transport: TransportKind
        var host: String
        var port: UInt16
    }

    private enum State {
        case idle
        case pointers(Question)
        case services([Service])
        case addresses([Destination])
        case ended
    }

    /// Bounds of what one URI may cost, whatever the domain publishes.
    package static let candidateLimit = 32
    package static let lookUpLimit = 16
    /// Leaves look-ups for the addresses.
    static let serviceLimit = 6

    let uri: SIPURI
    let ways: [LocalWay]
    private let random: @Sendable () -> UInt64
    /// Those of ours that the URI permits, never empty once begun: UDP, then TCP, then TLS.
    private var transports: [TransportKind] = []
    private var state = State.idle
    private var awaited: Set<Question> = []
    private var answers: [Question: Answer] = [:]

    /// `ways`: what our listeners can reach; of the families of a transport, the first is preferred. `maddr` is not followed: it
    /// would let whoever wrote the URI choose the host (RFC 3261 §19.1.1 knows it for multicast only).
    package init(_ uri: SIPURI, ways: [LocalWay], random: @escaping @Sendable () -> UInt64) {
        self.uri = uri
        self.ways = ways
        self.random = random
    }

    /// The URI's host, as it is looked up and as certificates bear it.
    var domain: String { uri.host.lowercasedASCII }

    // MARK: Inputs

    package mutating func begin(into outputs: inout [Output]) {
        guard case .idle = state else { return }
        do {
            try plan(into: &outputs)
        } catch {
            end(.failure(error), into: &outputs)
        }
    }

    package mutating func handle(_ answer: Answer, to question: Question, into outputs: inout [Output]) {
        guard awaited.remove(question) != nil else { return }
        answers[question] = answer
        if case .failure(let error) = answer, error.isOurs {
            return end(.failure(.lookUpFailed(question.name, error)), into: &outputs)
        }
        if awaited.isEmpty { proceed(into: &outputs) }
    }

    // MARK: The way through

    private mutating func plan(into outputs: inout [Output]) throws(SearchFailure) {
        transports = try permittedTransports()
        guard let first = transports.first else { throw .transportUnavailable(uri.scheme.text) }
        guard uri.port != 0 else { throw .badAddress("port 0") }
        if uri.host.isIPLiteral {
            return end(.success([try literal()]), into: &outputs)
        }
        guard let pointers = Question(domain, .naptr) else { throw .badAddress(uri.host) }
        if let port = uri.port {
            // §4.2: "a port is present in the URI: the client performs an A or AAAA record lookup of the domain name".
            search([Destination(transport: first, host: domain, port: port)], into: &outputs)
        } else if uri.parameters["transport"] != nil {
            // §4.2: "a transport was specified explicitly: the client performs an SRV query for that specific transport".
            search(transports.compactMap { service($0, of: domain) }, into: &outputs)
        } else {
            state = .pointers(pointers)
            ask(pointers, into: &outputs)
        }
    }

    private mutating func proceed(into outputs: inout [Output]) {
        switch state {
        case .pointers(let question):
            let usable = services(from: answers[question])
            // §4.1: "If no NAPTR records are found, the client constructs SRV queries for those transport protocols it supports".
            // TLS is none of them for sip, unless we have nothing else: "_sip" for SIP URIs, "_sips" for SIPS URIs.
            let plain = transports.filter { $0 != .tls }
            let constructed = (plain.isEmpty ? transports : plain).compactMap { service($0, of: domain) }
            search(usable.isEmpty ? constructed : usable, into: &outputs)
        case .services(let services):
            searchTargets(of: services, into: &outputs)
        case .addresses(let destinations):
            let hops = candidates(at: destinations)
            end(hops.isEmpty ? .failure(failure) : .success(hops), into: &outputs)
        case .idle, .ended:
            break
        }
    }

    private mutating func search(_ services: [Service], into outputs: inout [Output]) {
        state = .services(services)
        for service in services { ask(service.question, into: &outputs) }
        if awaited.isEmpty { proceed(into: &outputs) }
    }

    private mutating func searchTargets(of services: [Service], into outputs: inout [Output]) {
        var destinations: [Destination] = []
        var refused: Set<TransportKind> = []
        for service in services {
            guard case .success(let records)? = answers[service.question] else { continue }
            let found = ServiceRecord.ordered(records.compactMap(\.service), random: random)
            let offered = found.filter { !$0.isRefusal && $0.port != 0 }
            if !found.isEmpty, offered.isEmpty { refused.insert(service.transport) }
            destinations += offered.map { Destination(transport: service.transport, host: $0.target, port: $0.port) }
        }
        if !destinations.isEmpty { return search(destinations, into: &outputs) }
        // §4.2: "If no SRV records were found, the client performs an A or AAAA record lookup of the domain name", with the
        // transport selected before, else TLS for sips and UDP for sip (§4.1).
        let choices = services.isEmpty ? transports : services.map(\.transport)
        guard let transport = choices.first(where: { !refused.contains($0) }) else {
            return end(.failure(.notOffered(domain)), into: &outputs)
        }
        search([Destination(transport: transport, host: domain, port: transport.defaultPort)], into: &outputs)
    }

    private mutating func search(_ destinations: [Destination], into outputs: inout [Output]) {
        state = .addresses(destinations)
        for destination in destinations {
            for question in questions(for: destination) { ask(question, into: &outputs) }
        }
        if awaited.isEmpty { proceed(into: &outputs) }
    }

    private mutating func ask(_ question: Question, into outputs: inout [Output]) {
        guard answers[question] == nil, !awaited.contains(question), answers.count + awaited.count < Self.lookUpLimit else { return }
        awaited.insert(question)
        outputs.append(.lookUp(question))
    }

    private mutating func end(_ result: Result<[NextHop], SearchFailure>, into outputs: inout [Output]) {
        state = .ended
        awaited = []
        outputs.append(.ended(result))
    }

    // MARK: Addresses

    private func questions(for destination: Destination) -> [Question] {
        families(of: destination.transport).compactMap { Question(destination.host, $0.recordType) }
    }

    private func candidates(at destinations: [Destination]) -> [NextHop] {
        var hops: [NextHop] = []
        var known: Set<NextHop> = []
        for destination in destinations {
            for question in questions(for: destination) {
                guard case .success(let records)? = answers[question] else { continue }
                for address in records.lazy.compactMap(\.literal) {
                    let endpoint = SocketEndpoint(host: address.text, port: destination.port)
                    let hop = NextHop(transport: destination.transport, endpoint: endpoint, domain: domain)
                    guard families(of: hop.transport).contains(address.family), known.insert(hop).inserted else { continue }
                    hops.append(hop)
                    if hops.count == Self.candidateLimit { return hops }
                }
            }
        }
        return hops
    }

    /// Why there is no candidate: when any look-up failed for a time, it is that.
    private var failure: SearchFailure {
        let errors = answers.compactMap { question, answer -> SearchFailure? in
            guard case .failure(let error) = answer, error.isTemporary else { return nil }
            return .lookUpFailed(question.name, error)
        }
        return errors.min { $0.description < $1.description } ?? .noSuchDomain(domain)
    }
}

extension Record {
    var pointer: PointerRecord? {
        if case .pointer(let record) = self { record } else { nil }
    }

    var service: ServiceRecord? {
        if case .service(let record) = self { record } else { nil }
    }

    var literal: IPLiteral? {
        if case .address(let text) = self { IPLiteral(text) } else { nil }
    }
}
