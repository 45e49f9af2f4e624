import { parseAbi } from 'viem';

/**
 * What a client needs of MXNB (Circle's FiatTokenV2_2). Amounts are base units, 6 decimals on every network. It reverts
 * with reasons ("Pausable: paused", "Blacklistable: account is blacklisted"), not with custom errors.
 */
export const MXNB_ABI = parseAbi([
  'function name() view returns (string)',
  'function symbol() view returns (string)',
  'function decimals() view returns (uint8)',
  'function version() view returns (string)',
  'function totalSupply() view returns (uint256)',
  'function balanceOf(address account) view returns (uint256)',
  'function allowance(address owner, address spender) view returns (uint256)',
  'function approve(address spender, uint256 value) returns (bool)',
  'function transfer(address to, uint256 value) returns (bool)',
  'function transferFrom(address from, address to, uint256 value) returns (bool)',
  'function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)',
  'function nonces(address owner) view returns (uint256)',
  'function DOMAIN_SEPARATOR() view returns (bytes32)',
  'function paused() view returns (bool)',
  'function isBlacklisted(address account) view returns (bool)',
  'event Transfer(address indexed from, address indexed to, uint256 value)',
  'event Approval(address indexed owner, address indexed spender, uint256 value)',
  'event Mint(address indexed minter, address indexed to, uint256 amount)',
  'event Burn(address indexed burner, uint256 amount)',
  'event Pause()',
  'event Unpause()',
  'event Blacklisted(address indexed _account)',
  'event UnBlacklisted(address indexed _account)',
]);

/**
 * What the issuer does: on a local chain with `contracts/src/test/MockMXNB.sol`, on a fork of a real one with MXNB itself. The
 * constructor is the double's own.
 */
export const MOCK_MXNB_ABI = parseAbi([
  'constructor(address masterMinter, address pauser, address blacklister)',
  'function masterMinter() view returns (address)',
  'function configureMinter(address minter, uint256 minterAllowedAmount) returns (bool)',
  'function isMinter(address account) view returns (bool)',
  'function mint(address to, uint256 amount) returns (bool)',
  'function burn(uint256 amount)',
  'function pauser() view returns (address)',
  'function pause()',
  'function unpause()',
  'function blacklister() view returns (address)',
  'function blacklist(address account)',
  'function unBlacklist(address account)',
]);
