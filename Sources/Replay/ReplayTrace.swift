import MediaPlane

/// What happened over time, for the picture. Times in nanoseconds since the first packet came.
struct ReplayTrace {
    struct Arrival {
        var time: Int64
        /// Above the fastest packet of the time line, in ns.
        var delay: Int64
        var fate: OfflinePlayout.Fate
    }

    struct Playout {
        var time: Int64
        /// How long after the fastest packet could have come a sample is played, in ns.
        var delay: Int64
    }

    var arrivals: [Arrival] = []
    var playout: [Playout] = []
    /// Spans that were made up.
    var concealed: [Range<Int64>] = []
    var losses: [Range<Int64>] = []
    /// Where the sender began a new time line.
    var steps: [Int64] = []
    /// The loudest sample of each 10 ms.
    var peaks: [Int16] = []
    var duration: Int64 = 0

    mutating func conceal(_ span: Range<Int64>) {
        if let last = concealed.last, last.upperBound >= span.lowerBound {
            concealed[concealed.count - 1] = last.lowerBound..<span.upperBound
        } else {
            concealed.append(span)
        }
    }
}
