import Foundation
import Glibc

/// The command line's end of the control socket: one question, one answer, waiting for it.
package enum ControlLine {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Asks the server whose socket lies at `path`.
    package static func ask(_ request: ControlRequest, at path: String) throws -> ControlReply {
        let line = String(decoding: try JSONEncoder().encode(request), as: UTF8.self)
        let answer = try exchange(line, at: path, timeout: 60)
        guard let reply = try? JSONDecoder().decode(ControlReply.self, from: Data(answer)) else {
            throw Failure(description: "\(path): the server's answer cannot be read; is it of another version?")
        }
        return reply
    }

    /// Sends a line and reads until the other side closes. `timeout` in seconds, for each read and write.
    static func exchange(_ line: String, at path: String, timeout: Int) throws -> [UInt8] {
        let descriptor = try connected(to: path, timeout: timeout)
        defer { close(descriptor) }
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Failure(description: "\(path): \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(count)
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 { return answer }
            guard count > 0 else { throw Failure(description: "\(path): the server does not answer: \(String(cString: strerror(errno)))") }
            answer += buffer[..<count]
        }
    }

    /// An open socket, to be closed by the caller.
    static func connected(to path: String, timeout: Int) throws -> Int32 {
        let bytes = Array(path.utf8)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw Failure(description: "\(path): too long for the path of a socket")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(description: "no socket: \(String(cString: strerror(errno)))") }
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard connected == 0 else {
            let reason = errno == ENOENT || errno == ECONNREFUSED ? "no server is running there" : String(cString: strerror(errno))
            close(descriptor)
            throw Failure(description: "\(path): \(reason); start it with `antiphon serve`, or name its configuration with --config")
        }
        return descriptor
    }
}
