import Glibc
import Threads

/// A name server on a loopback port, UDP and TCP, that answers as the test says.
final class NameServerDouble: Sendable {
    /// What to send for a question, in order; nothing is silence.
    typealias Replies = @Sendable (DNSMessage, _ isStream: Bool) -> [[UInt8]]

    let port: UInt16
    private let seen = Monitor<[String]>([])
    private let isStopping = Monitor(false)
    private let thread: BackgroundThread?
    private let datagrams: Int32
    private let streams: Int32

    struct Failure: Error {}

    init(_ replies: @escaping Replies) throws {
        // The port that UDP was given must be free for TCP too.
        var sockets: (datagrams: Int32, streams: Int32, port: UInt16)?
        for _ in 0..<20 where sockets == nil { sockets = Self.open() }
        guard let sockets else { throw Failure() }
        (datagrams, streams, port) = sockets
        thread = BackgroundThread(name: "name server") { [seen, isStopping] in
            Self.serve(sockets.datagrams, sockets.streams, seen, isStopping, replies)
        }
    }

    deinit {
        isStopping.withLock { $0 = true }
        thread?.join()
        close(datagrams)
        close(streams)
    }

    var address: String { "127.0.0.1:\(port)" }

    /// The questions that came, as `33 _sip._udp.example.com`, those over TCP with `tcp` before.
    var questions: [String] { seen.withLock { $0 } }

    func waitForQuestions(_ count: Int) {
        seen.wait(until: { $0.count >= count }, forAtMost: { _ in 10_000 }, { _ in })
    }

    private static func open() -> (Int32, Int32, UInt16)? {
        let datagrams = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        let streams = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var port: UInt16 = 0
        guard bind(datagrams, &port), bind(streams, &port), listen(streams, 16) == 0 else {
            close(datagrams)
            close(streams)
            return nil
        }
        return (datagrams, streams, port)
    }

    private static func bind(_ socket: Int32, _ port: inout UInt16) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                var length = socklen_t(MemoryLayout<sockaddr_in>.size)
                return Glibc.bind(socket, address, length) == 0 && getsockname(socket, address, &length) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        return isBound
    }

    private static func serve(
        _ datagrams: Int32, _ streams: Int32, _ seen: Monitor<[String]>, _ isStopping: Monitor<Bool>, _ replies: Replies
    ) {
        while !isStopping.withLock({ $0 }) {
            var polled = [pollfd(fd: datagrams, events: Int16(POLLIN), revents: 0), pollfd(fd: streams, events: Int16(POLLIN), revents: 0)]
            guard poll(&polled, 2, 20) > 0 else { continue }
            if polled[0].revents != 0 { serveDatagram(datagrams, seen, replies) }
            if polled[1].revents != 0 { serveStream(streams, seen, replies) }
        }
    }

    private static func serveDatagram(_ socket: Int32, _ seen: Monitor<[String]>, _ replies: Replies) {
        var bytes = [UInt8](repeating: 0, count: 2048)
        var from = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        withUnsafeMutablePointer(to: &from) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let count = recvfrom(socket, &bytes, bytes.count, 0, address, &length)
                guard count > 0, let question = DNSMessage(Array(bytes[..<count])) else { return }
                let answers = replies(question, false)
                seen.signal { $0.append("\(question.type) \(question.name)") }
                for reply in answers { sendto(socket, reply, reply.count, 0, address, length) }
            }
        }
    }

    private static func serveStream(_ listener: Int32, _ seen: Monitor<[String]>, _ replies: Replies) {
        let stream = accept(listener, nil, nil)
        guard stream >= 0 else { return }
        defer { close(stream) }
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(stream, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 2048)
        while bytes.count < 2 || bytes.count < 2 + (Int(bytes[0]) << 8 | Int(bytes[1])) {
            let count = read(stream, &chunk, chunk.count)
            guard count > 0 else { return }
            bytes += chunk[..<count]
        }
        guard let question = DNSMessage(Array(bytes[2...])) else { return }
        let answers = replies(question, true)
        seen.signal { $0.append("tcp \(question.type) \(question.name)") }
        for reply in answers {
            let framed = UInt16(truncatingIfNeeded: reply.count).bytes + reply
            _ = send(stream, framed, framed.count, Int32(MSG_NOSIGNAL))
        }
    }
}
