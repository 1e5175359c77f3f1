extension ServiceRecord {
    /// More are not looked at: a reply over TCP holds thousands, and picking by weight takes quadratic time.
    private static let limit = 64

    /// The order in which the targets are to be tried: by priority, those of one priority drawn by weight ("Usage rules" of RFC 2782).
    static func ordered(_ records: [ServiceRecord], random: () -> UInt64) -> [ServiceRecord] {
        var rest = records.sorted { $0.priority < $1.priority }.prefix(limit)
        var ordered: [ServiceRecord] = []
        while let priority = rest.first?.priority {
            // "Arrange all SRV RRs (that have not been ordered yet) in any order, except that all those with weight 0 are placed
            // at the beginning of the list": they have a small chance, since the number drawn may be 0.
            var equals = rest.prefix { $0.priority == priority }.sorted { $0.weight == 0 && $1.weight != 0 }
            rest = rest.dropFirst(equals.count)
            while !equals.isEmpty {
                let sum = equals.reduce(0) { $0 + UInt64($1.weight) }
                // "a uniform random number between 0 and the sum computed (inclusive)". At most 64 x 65,535: the bias of the
                // remainder is below 2^-41.
                var drawn = random() % (sum + 1)
                let index =
                    equals.firstIndex { record in
                        if drawn <= UInt64(record.weight) { return true }
                        drawn -= UInt64(record.weight)
                        return false
                    } ?? 0
                ordered.append(equals.remove(at: index))
            }
        }
        return ordered
    }
}
