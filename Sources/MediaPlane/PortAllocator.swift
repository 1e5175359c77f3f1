import Glibc
import Synchronization

/// Hands out pairs of ports, even for RTP and the odd one above for RTCP (RFC 3550 §11), from a fixed range.
///
/// Ports go round the whole range before one is used again, so a late packet of a call that has ended seldom reaches the
/// next one. The range must lie below the system's ephemeral ports, else other programs' sockets take them at random.
final class PortAllocator: Sendable {
    private struct State {
        var next: UInt16
        var taken: Set<UInt16> = []
    }

    let range: ClosedRange<UInt16>
    private let state: Mutex<State>

    init(range: ClosedRange<UInt16>) {
        // 65535 has no even port above it: a range without a pair.
        let (even, isBeyond) = range.lowerBound.addingReportingOverflow(range.lowerBound & 1)
        let first = isBeyond ? .max : even
        self.range = first...max(first, range.upperBound)
        state = Mutex(State(next: first))
    }

    /// Pairs that may exist at once.
    var capacity: Int { max(0, (Int(range.upperBound) - Int(range.lowerBound) + 1) / 2) }

    /// Binds a free pair on `host`. Throws when every port of the range is busy, or at once when the address is not ours.
    func bindPair(on host: String) throws(MediaPlaneError) -> (port: UInt16, rtp: RTPSocket, rtcp: RTPSocket) {
        for _ in 0..<capacity {
            guard let port = reserve() else { break }
            guard let rtpAddress = SocketAddress(host: host, port: port), let rtcpAddress = SocketAddress(host: host, port: port + 1) else {
                release(port)
                throw .badAddress(host)
            }
            var opened: RTPSocket?
            do throws(SocketFailure) {
                let rtp = try RTPSocket.bound(to: rtpAddress)
                opened = rtp
                return (port, rtp, try RTPSocket.bound(to: rtcpAddress))
            } catch {
                opened?.close()
                release(port)
                // Somebody else's socket: the next pair may be free. Anything else would fail for every port alike.
                guard error.number == EADDRINUSE else { throw .socket(host: host, port: port, error) }
            }
        }
        throw .noFreePorts(range)
    }

    func release(_ port: UInt16) {
        state.withLock { _ = $0.taken.remove(port) }
    }

    private func reserve() -> UInt16? {
        state.withLock { state in
            for _ in 0..<capacity {
                let port = state.next
                state.next = Int(port) + 3 <= Int(range.upperBound) ? port + 2 : range.lowerBound
                if state.taken.insert(port).inserted { return port }
            }
            return nil
        }
    }
}

/// Why no media session could be opened.
package enum MediaPlaneError: Error, CustomStringConvertible {
    case badAddress(String)
    case noFreePorts(ClosedRange<UInt16>)
    case outOfMemory
    case socket(host: String, port: UInt16, SocketFailure)

    package var description: String {
        switch self {
        case .badAddress(let host): "\(host) is not an IP address that media can be bound to"
        case .noFreePorts(let range): "every RTP port of \(range.lowerBound)-\(range.upperBound) is in use"
        case .outOfMemory: "there is no memory for another session"
        case .socket(let host, let port, let failure): "cannot bind RTP port \(host):\(port): \(failure)"
        }
    }
}
