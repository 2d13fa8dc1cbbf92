using System.Runtime.Versioning;

// Hosts of sessions are programs of Unix: files with modes, pids with start times.
[assembly: UnsupportedOSPlatform("windows")]
