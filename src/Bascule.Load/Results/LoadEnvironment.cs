namespace Bascule.Load;

/// <summary>Where a run was made: what a reader needs to believe its figures, or to repeat them.</summary>
/// <param name="Program">Version of Bascule, with its build.</param>
/// <param name="System">Name and version of the operating system.</param>
/// <param name="Processors">Cores that the process may use.</param>
/// <param name="DescriptorLimit">Files and sockets that one process may open.</param>
/// <param name="FirstPort">The range of local ports that the system gives out; null where it does not tell.</param>
public sealed record LoadEnvironment(
    string Program, string System, string Kernel, int Processors, long DescriptorLimit, int? FirstPort = null, int? LastPort = null);
