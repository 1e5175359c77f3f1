import CMediaSockets

/// Symmetric RTP (RFC 4961): where a session's packets go, and whose packets are its own.
///
/// ```
///  aimed ──packet from the SDP address────────────────────────► latched (connected)
///    │  └─three packets in a row from one other source────────► latched (connected)
///    ▲                                                              │
///    └── nothing heard for `deafness`, or a new offer/answer ◄──────┘  (disconnected)
/// ```
/// A new address may be somebody else's, who has taken the peer's place: what the former one still sends is not his. Only when nobody
/// else is heard for `deafness` is it taken for the same peer under another name.
/// Sending starts at the SDP address before anything has arrived (RFC 7088: music goes to the address in the offer).
/// A stranger needs three packets in a row, so that one stray or forged datagram does not turn a call away. Once latched the
/// socket is connected: sends cost less and the kernel keeps everybody else out.
struct PeerLatch {
    private enum State {
        case aimed
        case latched
    }

    /// Packets in a row that another source than the SDP's must send.
    static let strangersNeeded = 3
    /// Silence after which a latched peer may come back from another port (a NAT that rebound), in ns.
    static let deafness: Int64 = 3_000_000_000

    private(set) var target: SocketAddress
    /// What the peer's SDP named last.
    private var described: SocketAddress
    private var state = State.aimed
    /// Who was latched to before the address changed.
    private var former: SocketAddress?
    private var stranger = SocketAddress()
    private var strangerCount = 0
    /// Nothing from before the socket was connected waits in it any more: whatever comes is the target's.
    private(set) var isAlone = false
    /// Whether another source than the described one can become the peer.
    var followsSources = true

    init(aimedAt address: SocketAddress) {
        target = address
        described = address
    }

    var isLatched: Bool { state == .latched }

    /// The socket was found empty.
    mutating func drained() { isAlone = state == .latched }

    /// A new offer or answer names another address: start again from there. One that names the same as before changes nothing:
    /// a peer behind a NAT repeats its inner address at each hold and resume, and is heard from another.
    mutating func aim(at address: SocketAddress, socket: RTPSocket) {
        guard !(address == described) else { return }
        described = address
        guard !(address == target) || state == .aimed else { return }
        if state == .latched {
            socket.disconnect()
            // An unspecified address holds; it is nobody else's.
            if address.isRoutable { former = target }
        }
        target = address
        state = .aimed
        isAlone = false
        strangerCount = 0
    }

    /// Nothing was heard for a while: let other sources in again, keep sending where we did.
    mutating func loosen(socket: RTPSocket) {
        former = nil
        guard state == .latched else { return }
        socket.disconnect()
        state = .aimed
        isAlone = false
        strangerCount = 0
    }

    /// Whether a valid RTP packet from `source` belongs to the session.
    mutating func admits(_ source: SocketAddress, socket: RTPSocket) -> Bool {
        switch state {
        case .latched:
            // What was queued before the socket was connected may still be somebody else's.
            return source == target
        case .aimed:
            if source == target {
                latch(to: source, socket: socket)
                return true
            }
            guard followsSources else { return false }
            if let former, source == former { return false }
            if strangerCount > 0, source == stranger {
                strangerCount += 1
            } else {
                stranger = source
                strangerCount = 1
            }
            // The same host with another port is a NAT or a client that sends from elsewhere: no reason to wait.
            guard strangerCount >= Self.strangersNeeded || source.sameHost(as: target) else { return false }
            latch(to: source, socket: socket)
            return true
        }
    }

    private mutating func latch(to source: SocketAddress, socket: RTPSocket) {
        target = source
        former = nil
        state = .latched
        isAlone = false
        strangerCount = 0
        socket.connect(to: source)
    }
}
