// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IKustodiaEscrow} from "../../src/IKustodiaEscrow.sol";
import {KustodiaEscrow} from "../../src/KustodiaEscrow.sol";
import {MockMXNB} from "../../src/test/MockMXNB.sol";
import {approvalDigest} from "./approval.sol";
import {Vm, bound, vm} from "./Vm.sol";

/// @notice A token, an escrow contract whose settlement address is no bridge wallet, a bridge wallet with money and an
/// approver, for every test.
abstract contract EscrowTest {
    bytes32 internal constant BRIDGE_ROLE = keccak256("BRIDGE_ROLE");
    bytes32 internal constant APPROVER_ROLE = keccak256("APPROVER_ROLE");
    bytes32 internal constant PAUSER_ROLE = keccak256("PAUSER_ROLE");
    bytes32 internal constant ADMIN_ROLE = 0;

    address internal constant ADMIN = address(0xAD);
    address internal constant SETTLEMENT = address(0x5E77);
    address internal constant STRANGER = address(0x57);
    uint256 internal constant BRIDGE_KEY = 0xB1;
    uint256 internal constant APPROVER_KEY = 0xA9;

    uint48 internal constant ADMIN_DELAY = 1 days;
    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant RICH = 1e18;

    bytes32 internal constant REF = keccak256("a payment");
    bytes32 internal constant OTHER_REF = keccak256("another payment");
    uint256 internal constant AMOUNT = 1_500_500_000;
    uint64 internal constant CUSTODY = 3 days;
    uint64 internal constant DEADLINE = uint64(START) + CUSTODY;
    /// @dev The expiry of an approval: before any deadline.
    uint64 internal constant EXPIRY = uint64(START) + 1 hours;

    address internal immutable BRIDGE = vm.addr(BRIDGE_KEY);
    address internal immutable APPROVER = vm.addr(APPROVER_KEY);

    MockMXNB internal token;
    KustodiaEscrow internal escrow;

    function setUp() public virtual {
        vm.warp(START - ADMIN_DELAY);
        token = new MockMXNB(address(this), address(this), address(this));
        token.configureMinter(address(this), type(uint256).max);
        escrow = new KustodiaEscrow(ADMIN, ADMIN_DELAY, BRIDGE, address(token));
        vm.startPrank(ADMIN);
        escrow.grantRole(APPROVER_ROLE, APPROVER);
        escrow.scheduleSettlement(SETTLEMENT);
        vm.warp(START);
        escrow.applySettlement();
        vm.stopPrank();
        endow(BRIDGE);
    }

    /// @dev Gives a wallet money and lets the escrow contract pull it.
    function endow(address wallet) internal {
        token.mint(wallet, RICH);
        vm.prank(wallet);
        token.approve(address(escrow), type(uint256).max);
    }

    function create() internal returns (uint256) {
        return create(REF);
    }

    function create(bytes32 ref) internal returns (uint256) {
        vm.prank(BRIDGE);
        return escrow.createAndFund(ref, address(token), AMOUNT, CUSTODY);
    }

    function disputed() internal returns (uint256 id) {
        id = create();
        vm.prank(BRIDGE);
        escrow.dispute(id, "goods_not_received");
    }

    function released() internal returns (uint256 id) {
        id = create();
        vm.warp(DEADLINE);
        vm.prank(BRIDGE);
        escrow.release(id);
    }

    function cancelled() internal returns (uint256 id) {
        id = create();
        vm.warp(DEADLINE);
        vm.prank(BRIDGE);
        escrow.cancel(id);
    }

    /// @dev The approver's signature for an escrow as it stands, here, until EXPIRY.
    function approve(bytes32 act, uint256 id) internal view returns (bytes memory) {
        return approve(act, id, EXPIRY, APPROVER_KEY);
    }

    function approve(bytes32 act, uint256 id, uint64 expiry, uint256 key) internal view returns (bytes memory) {
        IKustodiaEscrow.Escrow memory it = escrow.getEscrow(id);
        return sign(key, approvalDigest(address(escrow), block.chainid, act, id, it.ref, it.disputes, expiry));
    }

    function sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function setSettlement(address settlement) internal {
        vm.prank(ADMIN);
        escrow.scheduleSettlement(settlement);
        vm.warp(block.timestamp + ADMIN_DELAY);
        vm.prank(ADMIN);
        escrow.applySettlement();
    }

    function expectMissingRole(address account, bytes32 role) internal {
        vm.expectRevert(abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, account, role));
    }

    function expectWrongStatus(uint256 id, IKustodiaEscrow.Status actual, IKustodiaEscrow.Status required) internal {
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.WrongStatus.selector, id, actual, required));
    }

    function expectTooEarly() internal {
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.CustodyNotOver.selector, DEADLINE));
    }

    function expectInvalid(address approver) internal {
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.ApprovalInvalid.selector, approver));
    }

    function assertStatus(uint256 id, IKustodiaEscrow.Status expected) internal view {
        vm.assertEq(uint256(escrow.getEscrow(id).status), uint256(expected), "status");
    }

    /// @dev Where the money is that left the bridge wallet: in the contract, or with the settlement address.
    function assertMoney(uint256 held, uint256 settled) internal view {
        vm.assertEq(token.balanceOf(address(escrow)), held, "contract's balance");
        vm.assertEq(escrow.escrowedTotal(address(token)), held, "escrowed total");
        vm.assertEq(token.balanceOf(SETTLEMENT), settled, "settlement's balance");
        vm.assertEq(token.balanceOf(BRIDGE), RICH - held - settled, "bridge's balance");
    }
}
