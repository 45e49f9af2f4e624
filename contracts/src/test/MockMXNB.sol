// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

/**
 * @title MockMXNB
 * @notice A test double of MXNB, whose implementation is Circle's FiatTokenV2_2. It behaves like that token wherever an
 * escrow or a wallet can notice, down to the events and the reasons of the reverts:
 * - while paused, transfer, mint, burn, approve and permit revert;
 * - a blacklisted account neither sends nor receives nor moves another's tokens, but may approve;
 * - the token contract is itself blacklisted, so that tokens cannot be lost in it;
 * - an allowance is always spent, the infinite one too; so is what a minter may mint;
 * - the EIP-712 version is "2".
 *
 * Left out: EIP-3009, the owner and the changing of roles. The proxy is left out too.
 */
contract MockMXNB is ERC20, EIP712, Nonces {
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    /// @notice Who names the minters.
    address public immutable masterMinter;
    /// @notice Who may pause and unpause.
    address public immutable pauser;
    /// @notice Who may blacklist and unblacklist.
    address public immutable blacklister;
    /// @notice Whether transfer, mint, burn, approve and permit revert.
    bool public paused;
    /// @notice Who may mint, and burn its own tokens.
    mapping(address account => bool) public isMinter;
    /// @notice How much a minter may still mint, in base units.
    mapping(address minter => uint256) public minterAllowance;
    /// @notice Who neither sends nor receives.
    mapping(address account => bool) public isBlacklisted;

    /// @notice New tokens; a Transfer from the zero address follows.
    event Mint(address indexed minter, address indexed to, uint256 amount);
    /// @notice Tokens that ceased to be; a Transfer to the zero address follows.
    event Burn(address indexed burner, uint256 amount);
    /// @notice An account is a minter, and may mint so much.
    event MinterConfigured(address indexed minter, uint256 minterAllowedAmount);
    /// @notice An account is a minter no longer.
    event MinterRemoved(address indexed oldMinter);
    /// @notice The token stopped.
    event Pause();
    /// @notice The token goes on.
    event Unpause();
    /// @notice An account neither sends nor receives any more.
    event Blacklisted(address indexed _account);
    /// @notice An account sends and receives again.
    event UnBlacklisted(address indexed _account);

    modifier whenNotPaused() {
        require(!paused, "Pausable: paused");
        _;
    }

    modifier notBlacklisted(address account) {
        require(!isBlacklisted[account], "Blacklistable: account is blacklisted");
        _;
    }

    modifier onlyMinters() {
        require(isMinter[msg.sender], "FiatToken: caller is not a minter");
        _;
    }

    modifier onlyMasterMinter() {
        require(msg.sender == masterMinter, "FiatToken: caller is not the masterMinter");
        _;
    }

    modifier onlyPauser() {
        require(msg.sender == pauser, "Pausable: caller is not the pauser");
        _;
    }

    modifier onlyBlacklister() {
        require(msg.sender == blacklister, "Blacklistable: caller is not the blacklister");
        _;
    }

    /// @param masterMinter_ Names the minters.
    /// @param pauser_ May pause and unpause.
    /// @param blacklister_ May blacklist and unblacklist.
    constructor(address masterMinter_, address pauser_, address blacklister_)
        ERC20("MXNB", "MXNB")
        EIP712("MXNB", "2")
    {
        masterMinter = masterMinter_;
        pauser = pauser_;
        blacklister = blacklister_;
        isBlacklisted[address(this)] = true;
    }

    /// @notice Six, as on every network.
    function decimals() public pure override returns (uint8) {
        return 6;
    }

    /// @notice The EIP-712 version, and the implementation's.
    function version() external pure returns (string memory) {
        return "2";
    }

    /// @notice Makes a minter of an account, which may mint so much from now on, whatever it minted before.
    function configureMinter(address minter, uint256 minterAllowedAmount)
        external
        whenNotPaused
        onlyMasterMinter
        returns (bool)
    {
        isMinter[minter] = true;
        minterAllowance[minter] = minterAllowedAmount;
        emit MinterConfigured(minter, minterAllowedAmount);
        return true;
    }

    /// @notice Makes a minter a minter no longer.
    function removeMinter(address minter) external onlyMasterMinter returns (bool) {
        isMinter[minter] = false;
        minterAllowance[minter] = 0;
        emit MinterRemoved(minter);
        return true;
    }

    /// @notice Makes `amount` base units for `to`.
    function mint(address to, uint256 amount) external onlyMinters notBlacklisted(msg.sender) returns (bool) {
        require(amount > 0, "FiatToken: mint amount not greater than 0");
        uint256 allowed = minterAllowance[msg.sender];
        require(amount <= allowed, "FiatToken: mint amount exceeds minterAllowance");
        minterAllowance[msg.sender] = allowed - amount;
        emit Mint(msg.sender, to, amount);
        _mint(to, amount);
        return true;
    }

    /// @notice Burns `amount` base units of the calling minter.
    function burn(uint256 amount) external onlyMinters {
        require(amount > 0, "FiatToken: burn amount not greater than 0");
        require(amount <= balanceOf(msg.sender), "FiatToken: burn amount exceeds balance");
        emit Burn(msg.sender, amount);
        _burn(msg.sender, amount);
    }

    /// @notice Stops the token.
    function pause() external onlyPauser {
        paused = true;
        emit Pause();
    }

    /// @notice Lets the token go on.
    function unpause() external onlyPauser {
        paused = false;
        emit Unpause();
    }

    /// @notice Stops an account.
    function blacklist(address account) external onlyBlacklister {
        isBlacklisted[account] = true;
        emit Blacklisted(account);
    }

    /// @notice Lets an account go on.
    function unBlacklist(address account) external onlyBlacklister {
        isBlacklisted[account] = false;
        emit UnBlacklisted(account);
    }

    /// @inheritdoc ERC20
    function approve(address spender, uint256 value) public override whenNotPaused returns (bool) {
        return super.approve(spender, value);
    }

    /// @inheritdoc ERC20
    function transferFrom(address from, address to, uint256 value)
        public
        override
        notBlacklisted(msg.sender)
        returns (bool)
    {
        return super.transferFrom(from, to, value);
    }

    /// @notice An approval by signature (EIP-2612) of an account with a key.
    function permit(address owner_, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
    {
        permit(owner_, spender, value, deadline, abi.encodePacked(r, s, v));
    }

    /// @notice An approval by signature of an account with a key, or of a contract that answers EIP-1271.
    function permit(address owner_, address spender, uint256 value, uint256 deadline, bytes memory signature)
        public
        whenNotPaused
    {
        require(deadline >= block.timestamp, "FiatTokenV2: permit is expired");
        bytes32 structHash = keccak256(abi.encode(PERMIT_TYPEHASH, owner_, spender, value, _useNonce(owner_), deadline));
        require(
            SignatureChecker.isValidSignatureNow(owner_, _hashTypedDataV4(structHash), signature),
            "EIP2612: invalid signature"
        );
        _approve(owner_, spender, value);
    }

    /// @notice The EIP-712 domain of a permit.
    // solhint-disable-next-line func-name-mixedcase
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    function _update(address from, address to, uint256 value)
        internal
        override
        whenNotPaused
        notBlacklisted(from)
        notBlacklisted(to)
    {
        require(from == address(0) || value <= balanceOf(from), "ERC20: transfer amount exceeds balance");
        super._update(from, to, value);
    }

    function _spendAllowance(address owner_, address spender, uint256 value) internal override {
        uint256 allowed = allowance(owner_, spender);
        require(value <= allowed, "ERC20: transfer amount exceeds allowance");
        _approve(owner_, spender, allowed - value, false);
    }
}
