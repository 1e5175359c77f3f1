import Glibc

/// The bytes of a file one after the other, with a window of the next ones: as much as a record needs and no more.
struct ByteStream: ~Copyable {
    /// The longest window; more is asked for by no record that is taken.
    static let longestWindow = 1 << 20

    /// -1 where all bytes were given.
    private let descriptor: Int32
    private var buffer: [UInt8]
    private var start = 0
    private var end: Int
    /// Where in the file the window begins.
    private(set) var offset = 0

    init(bytes: [UInt8]) {
        descriptor = -1
        buffer = bytes
        end = bytes.count
    }

    init(path: String) throws(CaptureError) {
        // Non-blocking: opening a FIFO for reading would otherwise wait for a writer for ever.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw CaptureError("it cannot be opened: \(String(cString: strerror(errno)))", remedy: "name a capture file that can be read")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw CaptureError("it is not a regular file", remedy: "name a capture file, which is read twice")
        }
        buffer = [UInt8](repeating: 0, count: 1 << 16)
        end = 0
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Bytes in the window so far.
    var count: Int { end - start }

    /// Whether `count` bytes (at most `longestWindow`) are in the window after reading on as far as need be.
    mutating func holds(_ count: Int) throws(CaptureError) -> Bool {
        guard self.count < count else { return true }
        guard count <= Self.longestWindow, descriptor >= 0 else { return false }
        if start + count > buffer.count { makeRoom(for: count) }
        while self.count < count {
            let place = end
            let read = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress.map { $0 + place }, $0.count - place) }
            if read < 0, errno == EINTR { continue }
            guard read >= 0 else {
                throw CaptureError(
                    at: offset + self.count, "reading fails: \(String(cString: strerror(errno)))", remedy: "copy the file anew")
            }
            guard read > 0 else { return false }
            end += read
        }
        return true
    }

    /// Moves the window on, also past what has not been read yet; false when the file ends before.
    mutating func skip(_ count: Int) throws(CaptureError) -> Bool {
        var rest = count
        while rest > self.count {
            rest -= self.count
            offset += self.count
            start = 0
            end = 0
            guard try holds(min(rest, 1 << 16)) else { return false }
        }
        start += rest
        offset += rest
        return true
    }

    /// A byte of the window; 0 outside it.
    subscript(index: Int) -> UInt8 {
        index >= 0 && index < count ? buffer[start + index] : 0
    }

    func copy(_ range: Range<Int>) -> [UInt8] {
        Array(buffer[start + min(range.lowerBound, count)..<start + min(range.upperBound, count)])
    }

    func number16(_ index: Int, _ order: ByteOrder) -> UInt16 {
        order == .big ? UInt16(self[index]) << 8 | UInt16(self[index + 1]) : UInt16(self[index + 1]) << 8 | UInt16(self[index])
    }

    func number32(_ index: Int, _ order: ByteOrder) -> UInt32 {
        let halves = (UInt32(number16(index, order)), UInt32(number16(index + 2, order)))
        return order == .big ? halves.0 << 16 | halves.1 : halves.1 << 16 | halves.0
    }

    private mutating func makeRoom(for count: Int) {
        buffer.removeSubrange(0..<start)
        end -= start
        start = 0
        let wanted = max(1 << 16, count)
        if buffer.count < wanted { buffer.append(contentsOf: repeatElement(0, count: wanted - buffer.count)) }
    }
}

enum ByteOrder {
    case little, big
}
