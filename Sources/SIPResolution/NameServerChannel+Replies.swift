import CCares
import Glibc

/// What c-ares calls. These run on the thread that asks or waits, within `ask`, `wait` and `cancel`.
extension NameServerChannel {
    static let replied: @convention(c) (UnsafeMutableRawPointer?, Int32, Int32, UnsafeMutablePointer<UInt8>?, Int32) -> Void = {
        argument, status, _, reply, length in
        guard let argument else { return }
        let ask = Unmanaged<Ask>.fromOpaque(argument).takeRetainedValue()
        guard status == ARES_SUCCESS, let reply, length > 0 else {
            return ask.channel.finish(ask.question, .failure(error(status)), lifetime: .zero)
        }
        let answer = ask.question.type == .srv ? services(in: reply, length) : pointers(in: reply, length)
        let seconds = ReplyLifetime.seconds(of: UnsafeRawBufferPointer(start: reply, count: Int(length)))
        ask.channel.finish(ask.question, answer, lifetime: .seconds(seconds))
    }

    static let gotAddresses: @convention(c) (UnsafeMutableRawPointer?, Int32, Int32, UnsafeMutablePointer<ares_addrinfo>?) -> Void = {
        argument, status, _, found in
        defer { if let found { ares_freeaddrinfo(found) } }
        guard let argument else { return }
        let ask = Unmanaged<Ask>.fromOpaque(argument).takeRetainedValue()
        guard status == ARES_SUCCESS, let found else {
            return ask.channel.finish(ask.question, .failure(error(status)), lifetime: .zero)
        }
        let (addresses, seconds) = addresses(in: found.pointee)
        let answer: Answer = addresses.isEmpty ? .failure(.noRecords) : .success(addresses)
        ask.channel.finish(ask.question, answer, lifetime: .seconds(seconds))
    }

    /// More records are not kept; nobody tries so many.
    private static let recordLimit = 256

    private static func error(_ status: Int32) -> LookUpError {
        switch status {
        case ARES_ENODATA, ARES_SUCCESS: .noRecords
        // A name that c-ares cannot put into a question is none that exists.
        case ARES_ENOTFOUND, ARES_EBADNAME, ARES_ENONAME: .noSuchName
        case ARES_ETIMEOUT: .timedOut
        case ARES_EBADRESP, ARES_EBADSTR: .malformed
        case ARES_ECANCELLED, ARES_EDESTRUCTION: .cancelled
        default: .serverFailure
        }
    }

    // MARK: Records

    private static func services(in reply: UnsafePointer<UInt8>, _ length: Int32) -> Answer {
        var first: UnsafeMutablePointer<ares_srv_reply>?
        let status = ares_parse_srv_reply(reply, length, &first)
        defer { if let first { ares_free_data(first) } }
        guard status == ARES_SUCCESS else { return .failure(error(status)) }
        var records: [Record] = []
        var next = first
        while let record = next?.pointee, records.count < recordLimit {
            records.append(
                .service(
                    ServiceRecord(
                        priority: record.priority, weight: record.weight, port: record.port,
                        target: record.host.map { String(cString: $0) } ?? "")))
            next = record.next
        }
        return records.isEmpty ? .failure(.noRecords) : .success(records)
    }

    private static func pointers(in reply: UnsafePointer<UInt8>, _ length: Int32) -> Answer {
        var first: UnsafeMutablePointer<ares_naptr_reply>?
        let status = ares_parse_naptr_reply(reply, length, &first)
        defer { if let first { ares_free_data(first) } }
        guard status == ARES_SUCCESS else { return .failure(error(status)) }
        var records: [Record] = []
        var next = first
        while let record = next?.pointee, records.count < recordLimit {
            records.append(
                .pointer(
                    PointerRecord(
                        order: record.order, preference: record.preference, flags: text(record.flags), service: text(record.service),
                        expression: text(record.regexp), replacement: record.replacement.map { String(cString: $0) } ?? "")))
            next = record.next
        }
        return records.isEmpty ? .failure(.noRecords) : .success(records)
    }

    private static func text(_ bytes: UnsafeMutablePointer<UInt8>?) -> String {
        bytes.map { String(cString: $0) } ?? ""
    }

    /// The addresses, and the shortest life of them and of the aliases on the way, in seconds; 0 for those out of /etc/hosts.
    private static func addresses(in found: ares_addrinfo) -> (records: [Record], seconds: Int) {
        var records: [Record] = []
        var seconds = Int.max
        var node = found.nodes
        while let entry = node?.pointee, records.count < recordLimit {
            if let address = address(of: entry) { records.append(.address(address.text)) }
            seconds = min(seconds, Int(entry.ai_ttl))
            node = entry.ai_next
        }
        var alias = found.cnames
        while let entry = alias?.pointee {
            seconds = min(seconds, Int(entry.ttl))
            alias = entry.next
        }
        return (records, records.isEmpty ? 0 : max(0, seconds))
    }

    private static func address(of entry: ares_addrinfo_node) -> IPLiteral? {
        guard let socketAddress = UnsafeRawPointer(entry.ai_addr) else { return nil }
        switch entry.ai_family {
        case AF_INET where Int(entry.ai_addrlen) >= MemoryLayout<sockaddr_in>.size:
            return IPLiteral(socketAddress.loadUnaligned(as: sockaddr_in.self).sin_addr)
        case AF_INET6 where Int(entry.ai_addrlen) >= MemoryLayout<sockaddr_in6>.size:
            return IPLiteral(socketAddress.loadUnaligned(as: sockaddr_in6.self).sin6_addr)
        default:
            return nil
        }
    }
}
