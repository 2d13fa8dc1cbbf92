using System.Runtime.InteropServices;

namespace Bascule.Gateway;

/// <summary>What ends a link, in words.</summary>
internal static class HandoverFaults
{
    internal const string Left = "the other side closed it";

    /// <param name="result">0: the end of the stream. Else a negative error number.</param>
    internal static string Ended(int result) => result == 0 ? Left : $"it broke: {Marshal.GetPInvokeErrorMessage(-result)}";
}
