import SIP

/// The open connections: by number, by whom they lead to, and how many each source has.
///
/// It holds names and numbers only, so that its rules can be tried without a socket.
struct ConnectionTable: Sendable {
    /// What a connection leads to, seen from one of our listeners.
    struct Destination: Hashable, Sendable {
        var listener: Int
        var transport: TransportKind
        var remote: SocketEndpoint
    }

    /// What is known of the other end.
    enum Proof: Hashable, Sendable {
        /// TCP, or TLS without verification: good for whoever is there.
        case notAsked
        /// TLS: good for the names of its certificate. A client that showed none has none.
        case names(CertificateNames)

        func covers(_ wanted: [String]) -> Bool {
            switch self {
            case .notAsked: true
            case .names(let names): wanted.contains(where: names.prove)
            }
        }
    }

    private struct Entry {
        /// nil: we opened it.
        var source: IPAddress?
        var destinations: [Destination] = []
        var proof = Proof.notAsked
    }

    private var entries: [UInt64: Entry] = [:]
    private var byDestination: [Destination: [UInt64]] = [:]
    private var bySource: [IPAddress: Int] = [:]
    private(set) var incoming = 0
    private var last: UInt64 = 0

    var count: Int { entries.count }
    var outgoing: Int { entries.count - incoming }
    /// All zero once every connection has gone.
    var isEmpty: Bool { entries.isEmpty && byDestination.isEmpty && bySource.isEmpty && incoming == 0 }

    /// Takes a connection of `source` in; nil when there are too many.
    mutating func addIncoming(from source: IPAddress, _ settings: TransportSettings) -> UInt64? {
        guard incoming < settings.incomingConnections else { return nil }
        guard settings.exempt.contains(source) || bySource[source.source, default: 0] < settings.connectionsPerSource else { return nil }
        incoming += 1
        bySource[source.source, default: 0] += 1
        return add(Entry(source: source.source))
    }

    /// Takes a connection of ours in; nil when there are too many.
    mutating func addOutgoing(_ settings: TransportSettings) -> UInt64? {
        guard outgoing < settings.outgoingConnections else { return nil }
        return add(Entry(source: nil))
    }

    private mutating func add(_ entry: Entry) -> UInt64 {
        last += 1
        entries[last] = entry
        return last
    }

    /// The connection leads to `destination` and may be used to send there.
    mutating func lead(_ connection: UInt64, to destination: Destination, _ proof: Proof) {
        guard var entry = entries[connection], !entry.destinations.contains(destination) else { return }
        entry.destinations.append(destination)
        entry.proof = proof
        entries[connection] = entry
        byDestination[destination, default: []].append(connection)
    }

    /// The newest open connection to `destination` whose certificate proves one of the `wanted` names.
    func find(_ destination: Destination, wanted: [String]) -> UInt64? {
        byDestination[destination]?.last { entries[$0]?.proof.covers(wanted) == true }
    }

    mutating func remove(_ connection: UInt64) {
        guard let entry = entries.removeValue(forKey: connection) else { return }
        for destination in entry.destinations {
            byDestination[destination]?.removeAll { $0 == connection }
            if byDestination[destination]?.isEmpty == true { byDestination[destination] = nil }
        }
        guard let source = entry.source else { return }
        incoming -= 1
        let left = bySource[source, default: 1] - 1
        bySource[source] = left > 0 ? left : nil
    }
}
