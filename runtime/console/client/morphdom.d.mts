// The host serves the package's own module for browsers under this name.

import morphdom from 'morphdom'

declare const patch: typeof morphdom.default
export default patch
