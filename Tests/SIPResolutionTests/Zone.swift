import SIP
import SIPResolution

/// What the name servers of a test know: answers by name and type. What is not in it does not exist.
struct Zone: Sendable {
    private var answers: [Question: Answer] = [:]

    init(_ build: (inout Zone) -> Void = { _ in }) {
        build(&self)
    }

    mutating func naptr(_ name: String, _ records: (UInt16, UInt16, String, String, String)...) {
        set(
            name, .naptr,
            .success(
                records.map {
                    .pointer(PointerRecord(order: $0.0, preference: $0.1, flags: $0.2, service: $0.3, replacement: $0.4))
                }))
    }

    mutating func srv(_ name: String, _ records: (UInt16, UInt16, UInt16, String)...) {
        set(
            name, .srv,
            .success(records.map { .service(ServiceRecord(priority: $0.0, weight: $0.1, port: $0.2, target: $0.3)) }))
    }

    mutating func a(_ name: String, _ addresses: String...) { set(name, .a, .success(addresses.map(Record.address))) }
    mutating func aaaa(_ name: String, _ addresses: String...) { set(name, .aaaa, .success(addresses.map(Record.address))) }
    mutating func failing(_ name: String, _ type: RecordType, _ error: LookUpError) { set(name, type, .failure(error)) }

    mutating func set(_ name: String, _ type: RecordType, _ answer: Answer) {
        guard let question = Question(name, type) else { return }
        answers[question] = answer
    }

    func answer(to question: Question) -> Answer { answers[question] ?? .failure(.noSuchName) }
}

extension [LocalWay] {
    static let all: Self = TransportKind.allCases.flatMap { [LocalWay($0, .ipv6), LocalWay($0, .ipv4)] }
    static let v4: Self = TransportKind.allCases.map { LocalWay($0, .ipv4) }
    static func v4(_ transports: TransportKind...) -> Self { transports.map { LocalWay($0, .ipv4) } }
}

/// A search played to its end.
struct PlayedSearch {
    var questions: [Question] = []
    var results: [Result<[NextHop], SearchFailure>] = []

    init(_ uri: SIPURI, _ ways: [LocalWay], _ zone: Zone, random: @escaping @Sendable () -> UInt64 = { 0 }) {
        var search = NextHopSearch(uri, ways: ways, random: random)
        var outputs: [NextHopSearch.Output] = []
        search.begin(into: &outputs)
        while !outputs.isEmpty {
            switch outputs.removeFirst() {
            case .lookUp(let question):
                questions.append(question)
                search.handle(zone.answer(to: question), to: question, into: &outputs)
                // Said twice it changes nothing.
                search.handle(.success([.address("203.0.113.99")]), to: question, into: &outputs)
            case .ended(let result):
                results.append(result)
            }
        }
    }

    /// Each as `udp:192.0.2.1:5060`.
    var hops: [String] {
        guard case .success(let hops)? = results.first else { return [] }
        return hops.map(\.description)
    }

    var failure: SearchFailure? {
        guard case .failure(let failure)? = results.first else { return nil }
        return failure
    }
}
