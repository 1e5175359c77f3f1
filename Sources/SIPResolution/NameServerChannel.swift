import CCares
import Glibc
import Timing

/// A channel of c-ares: the questions under way and the sockets to the name servers.
///
/// Made by one thread and then used by one other alone, which is what `@unchecked Sendable` stands for; c-ares 1.18 locks nothing.
final class NameServerChannel: @unchecked Sendable {
    struct Finished {
        var question: Question
        var answer: Answer
        /// Of the record that lives shortest.
        var lifetime: Duration
    }

    /// What c-ares hands back with an answer. It keeps the channel, so that no question outlives it.
    final class Ask {
        let question: Question
        let channel: NameServerChannel

        init(_ question: Question, of channel: NameServerChannel) {
            self.question = question
            self.channel = channel
        }
    }

    private static let serverLimit = 8
    /// Of EDNS: the size that passes everywhere without fragments (RFC 9715 §3).
    private static let datagramSize: Int32 = 1232
    /// Once for the process, and for ever: undoing it is not safe while other threads run.
    private static let libraryCode = ares_library_init(ARES_LIB_INIT_ALL)

    private let channel: ares_channel
    private var finished: [Finished] = []

    init(_ settings: ResolverSettings) throws(ResolverError) {
        guard Self.libraryCode == ARES_SUCCESS else { throw .system(Self.message(Self.libraryCode)) }
        guard settings.servers.count <= Self.serverLimit else { throw .servers(settings.servers) }
        var options = ares_options()
        // Names are taken as they stand in URIs and records: no search domains and no HOSTALIASES.
        options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS
        options.ednspsz = Self.datagramSize
        options.timeout = Int32(min(max(settings.timeout.wholeMilliseconds, 1), 60_000))
        options.tries = Int32(min(max(settings.rounds, 1), 10))
        options.ndomains = 0
        let mask = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS
        var made: ares_channel?
        // "fb": /etc/hosts first, then the servers, whatever /etc/nsswitch.conf says.
        var lookups = "fb".utf8CString
        let code = lookups.withUnsafeMutableBufferPointer { text in
            options.lookups = text.baseAddress
            return ares_init_options(&made, &options, mask)
        }
        guard code == ARES_SUCCESS, let made else { throw .system(Self.message(code)) }
        let servers = settings.servers.joined(separator: ",")
        guard servers.isEmpty || ares_set_servers_ports_csv(made, servers) == ARES_SUCCESS else {
            ares_destroy(made)
            throw .servers(settings.servers)
        }
        channel = made
    }

    deinit {
        ares_destroy(channel)
    }

    private static func message(_ code: Int32) -> String {
        ares_strerror(code).map { String(cString: $0) } ?? "code \(code)"
    }

    // MARK: Asking

    /// The answer comes out of `takeFinished` some time, exactly once.
    func ask(_ question: Question) {
        let ask = Unmanaged.passRetained(Ask(question, of: self)).toOpaque()
        switch question.type {
        case .a: askForAddresses(question.name, AF_INET, ask)
        case .aaaa: askForAddresses(question.name, AF_INET6, ask)
        case .srv: ares_query(channel, question.name, Int32(ns_c_in.rawValue), Int32(ns_t_srv.rawValue), Self.replied, ask)
        case .naptr: ares_query(channel, question.name, Int32(ns_c_in.rawValue), Int32(ns_t_naptr.rawValue), Self.replied, ask)
        }
    }

    private func askForAddresses(_ name: String, _ family: Int32, _ ask: UnsafeMutableRawPointer) {
        // In the order of the answer, which the domain's servers turn to spread the load.
        var hints = ares_addrinfo_hints(ai_flags: ARES_AI_NOSORT, ai_family: family, ai_socktype: 0, ai_protocol: 0)
        ares_getaddrinfo(channel, name, nil, &hints, Self.gotAddresses, ask)
    }

    /// Ends everything under way; the questions are answered with `cancelled`.
    func cancel() {
        ares_cancel(channel)
    }

    func takeFinished() -> [Finished] {
        defer { finished = [] }
        return finished
    }

    func finish(_ question: Question, _ answer: Answer, lifetime: Duration) {
        finished.append(Finished(question: question, answer: answer, lifetime: lifetime))
    }

    // MARK: Waiting

    /// Waits until a server answers, a time-out passes or `wake` can be read, then lets c-ares go on.
    func wait(orUntilReadable wake: Int32) {
        // As many as ares_getsock can name: UDP and TCP for each of eight servers.
        var sockets = [ares_socket_t](repeating: -1, count: Int(ARES_GETSOCK_MAXNUM))
        let bits = UInt32(bitPattern: ares_getsock(channel, &sockets, ARES_GETSOCK_MAXNUM))
        var polled = [pollfd(fd: wake, events: Int16(POLLIN), revents: 0)]
        for (index, socket) in sockets.enumerated() {
            let events = (bits >> index & 1 != 0 ? POLLIN : 0) | (bits >> (index + Int(ARES_GETSOCK_MAXNUM)) & 1 != 0 ? POLLOUT : 0)
            if events != 0 { polled.append(pollfd(fd: socket, events: Int16(events), revents: 0)) }
        }
        guard poll(&polled, nfds_t(polled.count), nextTimeout) >= 0 else { return }
        for entry in polled.dropFirst() where entry.revents != 0 {
            // An error is found by reading or writing.
            let isBroken = Int32(entry.revents) & (POLLERR | POLLHUP | POLLNVAL) != 0
            let isReadable = Int32(entry.revents) & POLLIN != 0 || isBroken && Int32(entry.events) & POLLIN != 0
            let isWritable = Int32(entry.revents) & POLLOUT != 0 || isBroken && Int32(entry.events) & POLLOUT != 0
            ares_process_fd(channel, isReadable ? entry.fd : -1, isWritable ? entry.fd : -1)
        }
        // For the time-outs.
        ares_process_fd(channel, -1, -1)
    }

    /// In milliseconds as poll(2) wants them; -1 when nothing is under way.
    private var nextTimeout: Int32 {
        var time = timeval()
        guard ares_timeout(channel, nil, &time) != nil else { return -1 }
        // Rounded up, else the last millisecond would be spun through.
        return Int32(min(max(time.tv_sec, 0), 3600) * 1000 + (time.tv_usec + 999) / 1000)
    }
}
