import Glibc

/// What is left on a disk.
package enum DiskSpace {
    /// Below so many bytes a message is not begun: five minutes of G.711 take 2.4 MB, and several may be under way.
    static let reserve: UInt64 = 16 << 20

    /// False only when the system says so: one whose disk cannot be asked is found out when it is written to.
    package static func hasRoom(in folder: String) -> Bool {
        var figures = statvfs()
        guard statvfs(folder, &figures) == 0 else { return true }
        let (free, isHuge) = UInt64(figures.f_bavail).multipliedReportingOverflow(by: UInt64(figures.f_frsize))
        return isHuge || free >= reserve
    }
}
